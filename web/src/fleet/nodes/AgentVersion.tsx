import { Alert, Button, Group, Text } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { text } from "../../text/fleet";
import type { Node } from "./requests";

const RESTART = "sudo systemctl restart nimbus-agent";

/** The version of a node's agent, marked where it is older than the control plane. */
export function AgentVersion({ node }: { node: Pick<Node, "version" | "outdated"> }) {
  if (!node.outdated) return <span className="mono">{node.version}</span>;
  return (
    <span title={text.versions.older}>
      <Status state="outdated" word={node.version} />
    </span>
  );
}

/** That a node's agent is older than the control plane, and what to do. */
export function OutdatedNotice({ node }: { node: Node }) {
  const access = useAccess();
  if (!node.outdated) return null;
  return (
    <Alert color="yellow" icon={<IconArrowUp />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" component="div">
          <strong>{text.versions.notice(node.version)}</strong> {text.versions.next}
          <div>
            {text.versions.restart} <Copyable value={RESTART} what={text.versions.command} />
          </div>
        </Text>
        {access.in("agent:write", node.workspace) && (
          <Button component={PageLink} to="/nodes/join" variant="default">
            {text.nodes.join}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
