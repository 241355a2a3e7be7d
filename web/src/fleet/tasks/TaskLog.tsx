import { Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { Schema, Task } from "../../api/types";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text";
import { isOpen, logAfter } from "./requests";
import classes from "./TaskLog.module.css";

type LogLine = Schema<"LogLine">;
const LINE_HEIGHT = 20;

/** The task's lines as they come: each event of the task asks for what came after the last one. */
export function TaskLog({ task }: { task: Task }) {
  const client = useQueryClient();
  const key = ["tasks", "log", task.id];
  const asked = useQuery({
    queryKey: key,
    queryFn: async () => {
      const known = client.getQueryData<LogLine[]>(key) ?? [];
      const further = await logAfter(task.id, known.at(-1)?.sequence ?? 0);
      return further.length === 0 ? known : [...known, ...further];
    },
  });
  const lines = asked.data ?? [];
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
      {asked.isError && <Failure error={asked.error} onRetry={() => void asked.refetch()} />}
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
