import { Button, Loader, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useAccess } from "../access/useAccess";
import { confirmDestructive } from "../components/confirm";
import { Failure } from "../components/Failure";
import { notifyDone } from "../components/notify";
import { Panel } from "../components/PageFrame";
import { When } from "../components/When";
import { text } from "../text";
import { rollBack, versionsQuery, type Secret } from "./requests";

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
  return (
    <Panel flush title={text.secrets.versions} aside={<span className="quiet">{text.secrets.versionsText}</span>}>
      {asked.isError && <Failure error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && <div className="panel-list"><Loader size="xs" /></div>}
      {asked.data && (
        <Table>
          <Table.Tbody>
            {asked.data.map((version) => (
              <Table.Tr key={version.version}>
                <Table.Td>
                  {version.version} {version.current && <strong>{text.secrets.current}</strong>}
                  {version.restored_from !== null && <span className="quiet"> {text.secrets.restoredFrom(version.restored_from)}</span>}
                </Table.Td>
                <Table.Td><When at={version.created_at} /></Table.Td>
                <Table.Td visibleFrom="sm" className="quiet">{version.created_by}</Table.Td>
                <Table.Td ta="right">
                  {!version.current && access.in("secret:write", secret.workspace) && (
                    <Button variant="default" aria-label={text.secrets.rollbackOf(version.version)} onClick={() => restore(version.version)}>
                      {text.secrets.rollback}
                    </Button>
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
