import { Button, Progress } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { asWords } from "../../components/asWords";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { FilterSelect } from "../../components/collection/Toolbar";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { KindFilter } from "../tasks";
import { finished, type Operation, operations } from "./requests";

const columns: Column<Operation>[] = [
  { key: "name", header: text.common.name, link: true, cell: (operation) => operation.name },
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
    header: text.operations.steps,
    width: "7rem",
    cell: (operation) => {
      const { done, all } = finished(operation);
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

const STATES: Operation["state"][] = [
  "running",
  "paused",
  "cancelling",
  "undoing",
  "succeeded",
  "failed",
  "cancelled",
];

export function OperationsPage() {
  const workspace = useWorkspace();
  const filters = useFilters("state", "kind");
  const access = useAccess();
  return (
    <CollectionPage
      of={operations}
      texts={text.operations}
      filters={filters}
      query={{
        ...filters.values,
        state: (filters.values.state || undefined) as Operation["state"] | undefined,
        workspace,
      }}
      columns={columns}
      create={
        access.somewhere("task:write") && (
          <Button component={PageLink} to="/tasks/new" leftSection={<IconPlus size={15} />}>
            {text.operations.new}
          </Button>
        )
      }
      toolbar={
        <>
          <FilterSelect
            filters={filters}
            name="state"
            label={text.common.state}
            any={text.tasks.anyState}
            width={140}
            data={STATES.map((state) => ({ value: state, label: asWords(state) }))}
          />
          <KindFilter filters={filters} />
        </>
      }
    />
  );
}
