import { Button, Group, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { dialog } from "../../components/dialog";
import { Panel } from "../../components/PageFrame";
import { PanelRows } from "../../components/PanelRows";
import { When } from "../../components/When";
import { text } from "../../text/trust";
import { Reveal } from "./Reveal";
import { rollBack, type Secret, versionsQuery } from "./requests";

export function VersionsPanel({ secret }: { secret: Secret }) {
  const access = useAccess();
  const query = useQuery(versionsQuery(secret.id));
  const restore = (version: number) =>
    confirmDestructive({
      title: text.secrets.rollbackOf(version),
      consequences: text.secrets.rollbackText(version),
      confirmLabel: text.secrets.rollback,
      run: () => rollBack(secret.id, version),
      done: text.secrets.rolledBack,
    });
  const reveal = (version: number) =>
    dialog(text.secrets.revealOf(version), () => <Reveal secret={secret} version={version} />);
  return (
    <Panel
      flush
      title={text.secrets.versions}
      aside={<span className="quiet">{text.secrets.versionsText}</span>}
    >
      <PanelRows query={query} rows={query.data} empty={text.common.none}>
        {({ version, current, ...row }) => (
          <Table.Tr key={version}>
            <Table.Td>
              {version} {current && <strong>{text.secrets.current}</strong>}
              {row.restored_from !== null && (
                <span className="quiet"> {text.secrets.restoredFrom(row.restored_from)}</span>
              )}
            </Table.Td>
            <Table.Td>
              <When at={row.created_at} />
            </Table.Td>
            <Table.Td visibleFrom="sm" className="quiet">
              {row.created_by}
            </Table.Td>
            <Table.Td ta="right">
              {!current && (
                <Group gap="xs" justify="flex-end">
                  {access.in("secret:reveal", secret.workspace) && (
                    <Button
                      variant="default"
                      aria-label={text.secrets.revealOf(version)}
                      onClick={() => reveal(version)}
                    >
                      {text.secrets.revealDialog}
                    </Button>
                  )}
                  {access.in("secret:write", secret.workspace) && (
                    <Button
                      variant="default"
                      aria-label={text.secrets.rollbackOf(version)}
                      onClick={() => restore(version)}
                    >
                      {text.secrets.rollback}
                    </Button>
                  )}
                </Group>
              )}
            </Table.Td>
          </Table.Tr>
        )}
      </PanelRows>
    </Panel>
  );
}
