import { Button, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import { LogTable } from "./LogTable";
import { withNewest } from "./newest";
import type { LogEntry, LogFilter } from "./requests";
import { type FollowState, followLogs } from "./stream";

const words = text.accessLogs.live;
const TONES = { connecting: "running", open: "ok", lost: "down" };

/** Requests as edges answer them. */
export function LiveView({ filter }: { filter: LogFilter }) {
  const [entries, setEntries] = useState<LogEntry[]>([]);
  const [skipped, setSkipped] = useState(0);
  const [state, setState] = useState<FollowState>("connecting");
  const [isPaused, setPaused] = useState(false);
  const asked = JSON.stringify(filter);
  useEffect(() => {
    if (isPaused) return;
    setState("connecting");
    return followLogs(JSON.parse(asked) as LogFilter, {
      onEntries: (came) => setEntries((shown) => withNewest(shown, came)),
      onSkipped: (count) => setSkipped((before) => before + count),
      onState: setState,
    });
  }, [asked, isPaused]);
  return (
    <>
      <Group p="xs" gap="sm">
        <Button variant="default" onClick={() => setPaused(!isPaused)}>
          {isPaused ? words.start : words.stop}
        </Button>
        <span role="status">
          {isPaused ? (
            <Status state="paused" word={words.paused} />
          ) : (
            <Status state={TONES[state]} word={words.states[state]} />
          )}
        </span>
        {skipped > 0 && <Text size="sm">{words.skipped(skipped)}</Text>}
      </Group>
      {entries.length === 0 ? (
        <div className="panel-list quiet">{words.waiting}</div>
      ) : (
        <LogTable entries={entries} />
      )}
    </>
  );
}
