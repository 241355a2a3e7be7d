import { Box, List, Text } from "@mantine/core";
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
          <Needs />
        </Panel>
      </Box>
      <JoinTokens />
    </PageFrame>
  );
}

function Needs() {
  return (
    <Text component="div" size="sm" className="quiet" mt="lg">
      {text.join.needs}
      <List size="sm" my={4}>
        {text.join.needsList.map((need) => (
          <List.Item key={need}>{need}</List.Item>
        ))}
      </List>
      <PageLink to="/docs/join-tokens" className="text-link">
        {text.join.needsMore}
      </PageLink>
    </Text>
  );
}
