import type { Column } from "../../components/collection/CollectionTable";
import { Labels } from "../../components/Labels";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import type { EdgeObject } from "./requests";

/** The columns that lists of the three kinds share, around their own. */
export function listColumns<Row extends EdgeObject>(list: string, own: Column<Row>[]): Column<Row>[] {
  return [
    { key: "name", header: text.common.name, sort: "name", link: true, cell: (row) => row.name },
    ...own,
    {
      key: "workspace",
      header: text.common.workspace,
      from: "md",
      width: "12rem",
      cell: (row) => row.workspace,
    },
    {
      key: "labels",
      header: text.common.labels,
      from: "lg",
      cell: (row) => <Labels labels={row.labels} oneLine list={list} />,
    },
    { key: "version", header: text.objects.version, from: "sm", width: "6rem", cell: (row) => row.version },
    {
      key: "updated",
      header: text.objects.updated,
      sort: "updated_at",
      from: "sm",
      width: "8rem",
      // What came with the program was made at no time.
      cell: (row) => ("built_in" in row && row.built_in ? null : <When at={row.updated_at} />),
    },
  ];
}
