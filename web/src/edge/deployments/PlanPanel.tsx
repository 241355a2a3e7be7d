import { Alert, List, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text/edge";
import { UnifiedDiff } from "../objects/UnifiedDiff";
import { whatIn } from "./progress";
import type { Plan } from "./requests";

const words = text.deployments;
type PlannedNode = Plan["nodes"][number];

/** Which edges would serve what, the difference of each file, and what keeps an edge from it. */
export function PlanPanel({ plan, isBehind }: { plan: UseQueryResult<Plan>; isBehind: boolean }) {
  return (
    <Panel title={words.plan.title} aside={<span className="quiet">{words.plan.nothingDone}</span>}>
      <Stack gap="md" aria-busy={isBehind}>
        {plan.isError && <Failure error={plan.error} />}
        {plan.isPending && <Waiting for={plan} />}
        {!plan.isError && plan.data?.nodes.length === 0 && <Text size="sm">{words.plan.none}</Text>}
        {!plan.isError && plan.data?.nodes.map((node) => <PlannedEdge key={node.node_id} node={node} />)}
      </Stack>
    </Panel>
  );
}

function PlannedEdge({ node }: { node: PlannedNode }) {
  const { problems, notes, files } = node;
  return (
    <div>
      <Text size="sm">
        <strong>{node.node}</strong> <span className="quiet">{words.wave(node.wave)}</span>
        {node.objects.length > 0 && <> · {whatIn(node.objects)}</>}
      </Text>
      {problems.length > 0 && (
        <Alert variant="light" color="red" title={words.plan.blocked} role="status">
          <Lines lines={problems} />
        </Alert>
      )}
      {notes.length > 0 && <Lines lines={notes} />}
      {files.length === 0 ? (
        <Text size="sm" className="quiet">
          {words.plan.sameFiles}
        </Text>
      ) : (
        <details>
          <summary>{words.plan.files(files.length)}</summary>
          <Stack gap="xs">
            {files.map(({ name, diff }) => (
              <div key={name}>
                <Text size="xs" className="mono quiet">
                  {name}
                </Text>
                <UnifiedDiff diff={diff} label={words.plan.diffOf(name, node.node)} />
              </div>
            ))}
          </Stack>
        </details>
      )}
    </div>
  );
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <List size="sm">
      {lines.map((line) => (
        <List.Item key={line}>{line}</List.Item>
      ))}
    </List>
  );
}
