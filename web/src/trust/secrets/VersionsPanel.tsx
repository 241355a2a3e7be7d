import { Button, Group, Loader, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { dialog } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text";
import { Reveal } from "./Reveal";
import { rollBack, type Secret, versionsQuery } from "./requests";

export function VersionsPanel({ secret }: { secret: Secret }) {
  const access = useAccess();
  const client = useQueryClient();
  const asked = useQuery(versionsQuery(secret.id));
  const restore = (version: number) =>
    confirmDestructive({
      title: text.secrets.rollbackOf(version),
      consequences: text.secrets.rollbackText(version),
      confirmLabel: text.secrets.rollback,
      run: async () => {
        await rollBack(secret.id, version);
        notifyDone(text.secrets.rolledBack);
        await client.invalidateQueries({ queryKey: ["secrets"] });
      },
    });
  const look = (version: number) =>
    dialog(text.secrets.revealOf(version), () => <Reveal secret={secret} version={version} />);
  return (
    <Panel
      flush
      title={text.secrets.versions}
      aside={<span className="quiet">{text.secrets.versionsText}</span>}
    >
      {asked.isError && <Failure error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && (
        <div className="panel-list">
          <Loader size="xs" />
        </div>
      )}
      {asked.data && (
        <Table>
          <Table.Tbody>
            {asked.data.map((version) => (
              <Table.Tr key={version.version}>
                <Table.Td>
                  {version.version} {version.current && <strong>{text.secrets.current}</strong>}
                  {version.restored_from !== null && (
                    <span className="quiet"> {text.secrets.restoredFrom(version.restored_from)}</span>
                  )}
                </Table.Td>
                <Table.Td>
                  <When at={version.created_at} />
                </Table.Td>
                <Table.Td visibleFrom="sm" className="quiet">
                  {version.created_by}
                </Table.Td>
                <Table.Td ta="right">
                  {!version.current && (
                    <Group gap="xs" justify="flex-end">
                      {access.in("secret:reveal", secret.workspace) && (
                        <Button
                          variant="default"
                          aria-label={text.secrets.revealOf(version.version)}
                          onClick={() => look(version.version)}
                        >
                          {text.secrets.look}
                        </Button>
                      )}
                      {access.in("secret:write", secret.workspace) && (
                        <Button
                          variant="default"
                          aria-label={text.secrets.rollbackOf(version.version)}
                          onClick={() => restore(version.version)}
                        >
                          {text.secrets.rollback}
                        </Button>
                      )}
                    </Group>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
