import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconUserQuestion } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { notifyDone, notifyFailure } from "../../components/notify";
import { text } from "../../text/fleet";
import { approveNode, type Node, rejectNode } from "./requests";

/** Lets a node in that waits for approval, or turns it away. */
export function Approval({ node }: { node: Node }) {
  const access = useAccess();
  const navigate = useNavigate();
  const approve = () =>
    void approveNode(node.id).then(() => notifyDone(text.nodes.approved(node.name)), notifyFailure);
  const reject = () =>
    confirmDestructive({
      title: text.nodes.rejectTitle(node.name),
      consequences: text.nodes.rejectText,
      confirmLabel: text.nodes.reject,
      run: async () => {
        await rejectNode(node.id);
        await navigate({ to: "/nodes" });
      },
    });
  return (
    <Alert color="yellow" icon={<IconUserQuestion />}>
      <Stack gap="xs">
        <Text size="sm">{text.nodes.waitingText(node.name)}</Text>
        <Group gap="xs">
          {access.in("agent:write", node.workspace) && (
            <Button onClick={approve}>{text.nodes.approve}</Button>
          )}
          {access.in("agent:delete", node.workspace) && (
            <Button variant="default" c="var(--nimbus-bad)" onClick={reject}>
              {text.nodes.reject}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
