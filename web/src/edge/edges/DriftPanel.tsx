import { Stack, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import { UnifiedDiff } from "../objects/UnifiedDiff";
import { driftQuery, type EdgeDetails } from "./requests";

const words = text.edges.drift;

/** Files that somebody changed on the node, with what is otherwise in them. */
export function DriftPanel({ edge }: { edge: EdgeDetails }) {
  return (
    <Panel title={words.title} aside={edge.drifted > 0 && <span className="quiet">{words.help}</span>}>
      {edge.drifted === 0 ? (
        <span className="quiet">{words.none}</span>
      ) : (
        <Loaded query={driftQuery(edge.node_id)}>
          {(files) => (
            <Stack gap="md">
              {files.map(({ name, state, diff }) => (
                <div key={name}>
                  <Text size="sm">
                    <span className="mono">{name}</span>{" "}
                    <Status state={state === "gone" ? "failed" : "Degraded"} word={words.states[state]} />
                  </Text>
                  {diff && <UnifiedDiff diff={diff} label={words.diffOf(name)} />}
                </div>
              ))}
            </Stack>
          )}
        </Loaded>
      )}
    </Panel>
  );
}
