import { Progress } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { asWords } from "../../components/asWords";
import {
  CollectionTable,
  type CollectionTableProps,
  type Column,
} from "../../components/collection/CollectionTable";
import { Empty } from "../../components/Empty";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { type Task, type TaskQuery, taskList } from "./requests";
import { duration } from "./taskTime";

const columns: Column<Task>[] = [
  {
    key: "kind",
    header: text.tasks.kind,
    link: true,
    cell: (task) => asWords(task.kind),
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
  { key: "took", header: text.tasks.took, from: "lg", width: "6rem", cell: duration },
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

interface TaskTableProps
  extends Pick<
    CollectionTableProps<Task, TaskQuery>,
    "views" | "selected" | "onSelect" | "onSort" | "filtered"
  > {
  query: { [Name in keyof TaskQuery]?: TaskQuery[Name] | "" };
  /** False where all are of one node. */
  withNode?: boolean;
}

export function TaskTable({ query, withNode = true, ...table }: TaskTableProps) {
  const shown = useMemo(() => columns.filter(({ key }) => withNode || key !== "node"), [withNode]);
  return (
    <CollectionTable
      {...table}
      of={taskList}
      label={text.tasks.title}
      columns={shown}
      query={query}
      empty={<Empty title={text.tasks.emptyTitle}>{text.tasks.emptyText}</Empty>}
    />
  );
}
