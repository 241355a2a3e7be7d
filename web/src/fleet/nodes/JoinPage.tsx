import { Box } from "@mantine/core";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { text } from "../../text/fleet";
import { JoinSteps } from "./JoinSteps";
import { JoinTokens } from "./JoinTokens";

export function JoinPage() {
  return (
    <PageFrame
      title={text.nodes.join}
      above={
        <PageLink to="/nodes" className="back-link">
          {text.nodes.title}
        </PageLink>
      }
    >
      <Box maw={720}>
        <Panel>
          <JoinSteps />
        </Panel>
      </Box>
      <JoinTokens />
    </PageFrame>
  );
}
