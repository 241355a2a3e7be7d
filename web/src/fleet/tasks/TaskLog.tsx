import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { queryClient } from "../../api/queries";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text/fleet";
import { type LogLine, logAfter, type Task, tasks } from "./requests";
import classes from "./TaskLog.module.css";
import { isOpen } from "./taskTime";

const LINE_HEIGHT = 20;

/** The task's log, line by line as it comes: each event of the task asks for the lines after the last one. */
export function TaskLog({ task }: { task: Task }) {
  const queryKey = [tasks.name, "log", task.id];
  const log = useQuery({
    queryKey,
    queryFn: async () => {
      const known = queryClient.getQueryData<LogLine[]>(queryKey) ?? [];
      const further = await logAfter(task.id, known.at(-1)?.sequence ?? 0);
      return further.length === 0 ? known : [...known, ...further];
    },
  });
  const lines = log.data ?? [];
  const [follow, setFollow] = useState(true);
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 30,
  });
  useEffect(() => {
    if (follow && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1, { align: "end" });
  }, [follow, lines.length, virtualizer]);
  return (
    <Panel
      title={text.tasks.log}
      aside={
        lines.length > 0 && (
          <Switch
            size="xs"
            label={text.tasks.follow}
            checked={follow}
            onChange={(event) => setFollow(event.currentTarget.checked)}
          />
        )
      }
    >
      {log.isError && <Failure error={log.error} onRetry={() => void log.refetch()} />}
      {lines.length === 0 ? (
        <span className="quiet">{isOpen(task) ? text.tasks.logWaiting : text.tasks.logEmpty}</span>
      ) : (
        <div ref={scroller} className={classes.log} tabIndex={0} role="log" aria-label={text.tasks.log}>
          <div className={classes.lines} style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, key: itemKey, start }) => {
              const line = lines[index];
              if (line === undefined) return null;
              return (
                <div key={itemKey} className={classes.line} style={{ transform: `translateY(${start}px)` }}>
                  <span className={classes.at}>{line.at.slice(11, 23)}</span>
                  <span className={classes.text}>{line.text}</span>
                </div>
              );
            })}
          </div>
        </div>
      )}
    </Panel>
  );
}
