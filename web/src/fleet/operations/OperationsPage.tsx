import { Progress, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type Column, DataTable } from "../../components/DataTable";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { PageFrame, Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { Toolbar } from "../../components/Toolbar";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text";
import { kindsQuery } from "../tasks/requests";
import { ended, listOperations, type Operation } from "./requests";

const columns: Column<Operation>[] = [
  {
    key: "name",
    header: text.common.name,
    cell: (operation) => (
      <Link to="/operations/$operation" params={{ operation: operation.id }} className="row-link">
        {operation.name}
      </Link>
    ),
  },
  {
    key: "kind",
    header: text.tasks.kind,
    from: "sm",
    cell: (operation) => <span className="mono">{operation.kind}</span>,
  },
  {
    key: "state",
    header: text.common.state,
    width: "8.5rem",
    cell: (operation) => <Status state={operation.state} />,
  },
  {
    key: "progress",
    header: text.operations.progress,
    from: "md",
    width: "9rem",
    cell: (operation) => (
      <Progress value={operation.percent} size="sm" aria-label={text.operations.progress} />
    ),
  },
  {
    key: "tasks",
    header: text.operations.tasks,
    width: "7rem",
    cell: (operation) => {
      const { done, all } = ended({ ...operation.counts });
      return text.operations.done(done, all);
    },
  },
  {
    key: "by",
    header: text.operations.createdBy,
    from: "lg",
    width: "9rem",
    cell: (operation) => operation.created_by,
  },
  {
    key: "created",
    header: text.operations.created,
    from: "sm",
    width: "8rem",
    cell: (operation) => <When at={operation.created_at} />,
  },
];

export function OperationsPage() {
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const kinds = useQuery(kindsQuery);
  const { filters, set, filtered, clear } = useFilters("kind", "sort");
  const asked = { ...filters, workspace };
  return (
    <PageFrame title={text.operations.title}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <Select
            size="xs"
            w={170}
            aria-label={text.tasks.kind}
            placeholder={text.tasks.anyKind}
            clearable
            data={(kinds.data ?? []).map(({ name }) => name)}
            value={filters.kind || null}
            onChange={(kind) => set({ kind: kind ?? "" })}
          />
        </Toolbar>
        <DataTable
          label={text.operations.title}
          columns={columns}
          rowId={(operation) => operation.id}
          queryKey={["operations", "list", asked]}
          load={(page, perPage) => listOperations(asked, page, perPage)}
          onOpen={(operation) =>
            void navigate({ to: "/operations/$operation", params: { operation: operation.id } })
          }
          filtered={filtered}
          empty={<Empty title={text.operations.emptyTitle}>{text.operations.emptyText}</Empty>}
        />
      </Panel>
    </PageFrame>
  );
}
