import { Progress } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Task } from "../../api/types";
import { type Column, DataTable } from "../../components/DataTable";
import { Empty } from "../../components/Empty";
import { Status } from "../../components/Status";
import { amount } from "../../components/time";
import { When } from "../../components/When";
import { text } from "../../text";
import { listTasks, type TaskFilters } from "./requests";

const columns: Column<Task>[] = [
  {
    key: "kind",
    header: text.tasks.kind,
    cell: (task) => (
      <Link to="/tasks/$task" params={{ task: task.id }} className="row-link mono">
        {task.kind}
      </Link>
    ),
  },
  {
    key: "node",
    header: text.tasks.node,
    cell: (task) => (
      <Link to="/nodes/$node" params={{ node: task.node_id }} className="row-link">
        {task.node}
      </Link>
    ),
  },
  {
    key: "state",
    header: text.common.state,
    sort: "state",
    width: "8.5rem",
    cell: (task) => <Status state={task.state} />,
  },
  {
    key: "progress",
    header: text.tasks.progress,
    from: "md",
    width: "9rem",
    cell: (task) =>
      task.state === "running" && task.percent !== null ? (
        <Progress value={task.percent} aria-label={text.tasks.progress} size="sm" />
      ) : null,
  },
  {
    key: "attempt",
    header: text.tasks.attempt,
    from: "md",
    width: "6rem",
    cell: (task) => text.tasks.attemptOf(task.attempt, task.max_attempts),
  },
  { key: "took", header: text.tasks.took, from: "lg", width: "6rem", cell: (task) => took(task) },
  { key: "by", header: text.tasks.createdBy, from: "lg", width: "9rem", cell: (task) => task.created_by },
  {
    key: "created",
    header: text.tasks.created,
    sort: "created_at",
    from: "sm",
    width: "8rem",
    cell: (task) => <When at={task.created_at} />,
  },
];

export function took(task: Task): string {
  if (task.started_at === null || task.finished_at === null) return "";
  const seconds = (new Date(task.finished_at).getTime() - new Date(task.started_at).getTime()) / 1000;
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : amount(seconds);
}

export function TaskTable(given: {
  filters: TaskFilters;
  withNode?: boolean;
  onSort?: (sort: string) => void;
  filtered?: boolean;
  maxHeight?: string;
}) {
  const navigate = useNavigate();
  const { filters, withNode = true } = given;
  return (
    <DataTable
      label={text.tasks.title}
      columns={withNode ? columns : columns.filter(({ key }) => key !== "node")}
      rowId={(task) => task.id}
      queryKey={["tasks", "list", filters]}
      load={(page, perPage) => listTasks(filters, page, perPage)}
      sort={filters.sort}
      onSort={given.onSort}
      onOpen={(task) => void navigate({ to: "/tasks/$task", params: { task: task.id } })}
      filtered={given.filtered ?? false}
      empty={<Empty title={text.tasks.emptyTitle}>{text.tasks.emptyText}</Empty>}
      {...(given.maxHeight ? { maxHeight: given.maxHeight } : {})}
    />
  );
}
