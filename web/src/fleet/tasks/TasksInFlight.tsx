import { Group } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schema } from "../../api/types";
import { asWords } from "../../components/asWords";
import { Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { inWorkspace, useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { tasks } from "./requests";
import classes from "./TasksInFlight.module.css";

const SHOWN = 12;
const COUNTED = ["queued", "running", "succeeded", "failed"] as const;

/** What is queued or running now, running first. */
export function TasksInFlight({ counts }: { counts: Schema<"Fleet">["tasks"] }) {
  const workspace = useWorkspace();
  const shown = useQueries({
    queries: (["running", "queued"] as const).map((state) =>
      tasks.all({ state, per_page: SHOWN, ...inWorkspace(workspace) }),
    ),
    combine: (results) => results.flatMap(({ data }) => data?.rows ?? []).slice(0, SHOWN),
  });
  return (
    <Panel
      title={text.fleet.inFlight}
      aside={
        <Link to="/tasks" className="quiet">
          {text.fleet.seeAll}
        </Link>
      }
    >
      {counts && (
        <Group gap="md" mb="xs">
          {COUNTED.filter((state) => (counts.states[state] ?? 0) > 0).map((state) => (
            <Link key={state} to="/tasks" search={{ state }} className={classes.count}>
              <Status state={state} word={`${count(counts.states[state] ?? 0)} ${asWords(state)}`} />
            </Link>
          ))}
        </Group>
      )}
      {shown.length === 0 ? (
        <span className="quiet">{text.fleet.noTasks}</span>
      ) : (
        <ul className={classes.list}>
          {shown.map((task) => (
            <li key={task.id}>
              <Link to="/tasks/$task" params={{ task: task.id }} className="row-link mono">
                {asWords(task.kind)}
              </Link>
              <span>{task.node}</span>
              <Status state={task.state} />
              <span className="quiet">
                <When at={task.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
