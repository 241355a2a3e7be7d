import { Stack, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import classes from "./OrderResult.module.css";
import { tasks } from "./requests";

const words = text.edges.actions;

/** How an order to nginx goes, and what it said, as it comes. */
export function OrderResult({ task }: { task: string }) {
  return (
    <Loaded query={tasks.get(task)}>
      {({ value: { id, state, result, error, finished_at: ended } }) => (
        <Stack gap="sm">
          <div role="status">
            <Status state={state} />
          </div>
          {ended === null ? <Text size="sm">{words.running}</Text> : <Said words={saidBy(result, error)} />}
          <PageLink to={`/tasks/${id}`} className="text-link">
            {words.task}
          </PageLink>
        </Stack>
      )}
    </Loaded>
  );
}

function Said({ words: said }: { words: string }) {
  if (!said) return <Text size="sm">{words.saidNothing}</Text>;
  return (
    <section tabIndex={0} aria-label={words.said} className={classes.said}>
      <pre className="mono">{said}</pre>
    </section>
  );
}

function saidBy(result: unknown, error: { message?: string } | null): string {
  if (error?.message) return error.message;
  const { output } = (result ?? {}) as { output?: unknown };
  return typeof output === "string" ? output.trim() : "";
}
