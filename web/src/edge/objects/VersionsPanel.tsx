import { Button, Group, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { dialog } from "../../components/dialog";
import { Panel } from "../../components/PageFrame";
import { PanelRows } from "../../components/PanelRows";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import { type EdgeObject, rollBack, type Version, type Versioned, versionsQuery } from "./requests";
import { VersionContent, VersionDifference } from "./VersionDialogs";

/** Who saved which version, and why; each can be looked at, compared with the current one, and made current again. */
export function VersionsPanel({ of, object }: { of: Versioned; object: EdgeObject }) {
  const access = useAccess();
  const query = useQuery(versionsQuery(of, object.id));
  const mayWrite = access.in("config:write", object.workspace);
  return (
    <Panel flush title={text.versions.title} aside={<span className="quiet">{text.versions.help}</span>}>
      <PanelRows query={query} rows={query.data} empty={text.common.none}>
        {(row) => <Row key={row.version} of={of} object={object} row={row} mayWrite={mayWrite} />}
      </PanelRows>
    </Panel>
  );
}

interface RowProps {
  of: Versioned;
  object: EdgeObject;
  row: Version;
  mayWrite: boolean;
}

function Row({ of, object, row, mayWrite }: RowProps) {
  const { version, current } = row;
  const restore = () =>
    confirmDestructive({
      title: text.versions.restoreOf(version),
      consequences: text.versions.restoreText(version),
      confirmLabel: text.versions.restore,
      run: () => rollBack(of, object.id, version),
      done: text.versions.restored(version),
    });
  return (
    <Table.Tr>
      <Table.Td>
        {version} {current && <strong>{text.versions.current}</strong>}
        {row.restored_from !== null && (
          <span className="quiet"> {text.versions.restoredFrom(row.restored_from)}</span>
        )}
        {row.summary && <div>{row.summary}</div>}
      </Table.Td>
      <Table.Td>
        <When at={row.created_at} />
      </Table.Td>
      <Table.Td visibleFrom="sm" className="quiet">
        {row.created_by}
      </Table.Td>
      <Table.Td ta="right">
        <Group gap="xs" justify="flex-end">
          <Button
            variant="default"
            aria-label={text.versions.showOf(version)}
            onClick={() =>
              dialog(
                text.versions.titleOf(object.name, version),
                () => <VersionContent of={of} id={object.id} version={version} />,
                { size: "xl" },
              )
            }
          >
            {text.versions.show}
          </Button>
          {!current && (
            <>
              <Button
                variant="default"
                aria-label={text.versions.compareOf(version)}
                onClick={() =>
                  dialog(
                    text.versions.compareTitle(object.name, version, object.version),
                    () => <VersionDifference of={of} id={object.id} from={version} to={object.version} />,
                    { size: "xl" },
                  )
                }
              >
                {text.versions.compare}
              </Button>
              {mayWrite && (
                <Button variant="default" aria-label={text.versions.restoreOf(version)} onClick={restore}>
                  {text.versions.restore}
                </Button>
              )}
            </>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
