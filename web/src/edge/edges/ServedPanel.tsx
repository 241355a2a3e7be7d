import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Panel } from "../../components/PageFrame";
import { PanelRows } from "../../components/PanelRows";
import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import { ObjectLink } from "../objects/Notes";
import { type Served, servedQuery } from "./requests";

const words = text.edges.served;

/** Which version of what an edge serves, and nginx's words where it is another than was wanted. */
export function ServedPanel({ edge }: { edge: string }) {
  const query = useQuery(servedQuery(edge));
  return (
    <Panel flush title={words.title}>
      <PanelRows
        query={query}
        rows={query.data?.rows}
        empty={words.empty}
        minWidth={440}
        head={
          <>
            <Table.Th>{words.name}</Table.Th>
            <Table.Th>{words.kind}</Table.Th>
            <Table.Th>{words.serves}</Table.Th>
            <Table.Th>{words.newest}</Table.Th>
          </>
        }
      >
        {(row) => <Row key={row.owner} row={row} />}
      </PanelRows>
    </Panel>
  );
}

function Row({ row }: { row: Served }) {
  const [kind = "", id = ""] = row.owner.split("/");
  return (
    <Table.Tr>
      <Table.Td>{row.current === 0 ? row.name : <ObjectLink kind={kind} id={id} name={row.name} />}</Table.Td>
      <Table.Td>{words.kinds[kind] ?? kind}</Table.Td>
      <Table.Td>
        <ServedVersion row={row} />
      </Table.Td>
      <Table.Td>
        {row.current === 0 ? words.deleted : words.version(row.current)}
        {row.current > row.wanted && <span className="quiet"> {words.outdated}</span>}
      </Table.Td>
    </Table.Tr>
  );
}

type Version = Pick<Served, "served" | "wanted" | "problem" | "line">;

/** What it serves; below it, why not what was wanted. */
export function ServedVersion({ row }: { row: Version }) {
  const { served, wanted, problem, line } = row;
  const serves = served === 0 ? words.nothing : words.version(served);
  if (served === wanted && !problem) return <Status state="ok" word={serves} />;
  return (
    <>
      <Status state={served === 0 ? "failed" : "Degraded"} word={serves} />
      <Text size="sm">
        {words.kept(wanted)} <span className="mono">{problem}</span>
        {line > 0 && ` (${words.line(line)})`}
      </Text>
    </>
  );
}
