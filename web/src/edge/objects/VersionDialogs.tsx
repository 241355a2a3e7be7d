import { Alert, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Waiting } from "../../components/Loaded";
import { SidewaysTable } from "../../components/PanelRows";
import { Editor } from "../../editor/Editor";
import { text } from "../../text/edge";
import { Files } from "./PreviewPanel";
import { differenceQuery, type Versioned, versionQuery, type WholeVersion } from "./requests";

/** What a version becomes with what it uses now. */
export function VersionContent({ of, id, version }: { of: Versioned; id: string; version: number }) {
  const query = useQuery(versionQuery(of, id, version));
  if (query.data === undefined) return <Waiting for={query} />;
  return query.data.problem ? (
    <Alert color="yellow" title={text.versions.cannotBeWritten}>
      {query.data.problem}
    </Alert>
  ) : (
    <Files files={query.data.files} />
  );
}

interface Compared {
  of: Versioned;
  id: string;
  from: number;
  to: number;
}

/** Which fields differ, and both texts. */
export function VersionDifference({ of, id, from, to }: Compared) {
  const difference = useQuery(differenceQuery(of, id, from, to));
  const [before, after] = [useQuery(versionQuery(of, id, from)), useQuery(versionQuery(of, id, to))];
  if (difference.data === undefined) return <Waiting for={difference} />;
  if (before.data === undefined || after.data === undefined)
    return <Waiting for={before.data === undefined ? before : after} />;
  return (
    <Stack gap="sm">
      {difference.data.changes.length === 0 ? (
        <Text size="sm">{text.versions.alike}</Text>
      ) : (
        <SidewaysTable minWidth={480}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{text.versions.field}</Table.Th>
                <Table.Th>{text.versions.version(from)}</Table.Th>
                <Table.Th>{text.versions.version(to)}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {difference.data.changes.map(({ field, before: was, after: is }) => (
                <Table.Tr key={field}>
                  <Table.Td className="mono">{field}</Table.Td>
                  <Table.Td className="mono">{written(was)}</Table.Td>
                  <Table.Td className="mono">{written(is)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </SidewaysTable>
      )}
      <Editor label={text.versions.differences} text={textOf(after.data)} original={textOf(before.data)} />
    </Stack>
  );
}

/** Of the newest kind of nginx: that is the last. */
function textOf({ files, problem }: WholeVersion): string {
  return files.at(-1)?.text ?? `# ${problem}\n`;
}

function written(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
