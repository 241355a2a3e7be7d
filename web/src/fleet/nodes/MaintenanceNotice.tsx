import { Alert, Button, Group, Text } from "@mantine/core";
import { IconTool } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { DialogButton } from "../../components/dialog";
import { notifyFailure } from "../../components/notify";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { MaintenanceForm } from "./MaintenanceForm";
import { type Node, nodes } from "./requests";

/** That a node is in maintenance: why, by whom, since and until when. */
export function MaintenanceNotice({ node }: { node: Node }) {
  const access = useAccess();
  const { maintenance } = node;
  if (maintenance === null) return null;
  const { reason, by, since, until } = maintenance;
  return (
    <Alert color="violet" icon={<IconTool />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" component="div">
          <strong>{text.maintenance.inMaintenance}</strong>
          {reason && `: ${reason}`}
          <div className="quiet">
            {by && `${text.maintenance.by} ${by} `}
            {since && (
              <>
                {text.maintenance.since} <When at={since} />
              </>
            )}
            {until && (
              <>
                , {text.maintenance.until} <When at={until} />
              </>
            )}
          </div>
        </Text>
        {access.in("agent:write", node.workspace) && (
          <Group gap="xs">
            <DialogButton label={text.maintenance.edit} title={text.maintenance.editTitle(node.name)}>
              {(close) => (
                <MaintenanceForm
                  present={maintenance}
                  submit={(patch) => nodes.change(node.id, patch)}
                  close={close}
                />
              )}
            </DialogButton>
            <Button
              variant="default"
              onClick={() => void nodes.change(node.id, { maintenance: false }).catch(notifyFailure)}
            >
              {text.maintenance.end}
            </Button>
          </Group>
        )}
      </Group>
    </Alert>
  );
}
