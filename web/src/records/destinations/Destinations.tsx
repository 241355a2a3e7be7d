import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Schema } from "../../api/types";
import { CreateButton } from "../../components/CreateButton";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { Field, Fields } from "../../components/Fields";
import { Loaded } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { useSend } from "../../components/SendForm";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/records";
import { EditDestination, NewDestination } from "./DestinationForm";
import { type Destination, destinations, testDestination } from "./requests";

const LOOK_AGAIN_MS = 5000;
const texts = text.destinations;
const TONES = { up_to_date: "ok", behind: "running", failing: "failed", disabled: "disabled" };

/** Where the audit log is sent, and how far each destination is: that changes without an event. */
export function Destinations() {
  return (
    <Loaded query={{ ...destinations.all(), refetchInterval: LOOK_AGAIN_MS }}>
      {({ rows }) => <DestinationList rows={rows} />}
    </Loaded>
  );
}

function DestinationList({ rows }: { rows: Destination[] }) {
  const access = useAccess();
  const create = access.everywhere("settings:write") && (
    <CreateButton label={texts.add}>{(close) => <NewDestination close={close} />}</CreateButton>
  );
  if (rows.length === 0) {
    return (
      <Panel>
        <Empty title={texts.emptyTitle} action={create}>
          {texts.emptyText}
        </Empty>
      </Panel>
    );
  }
  return (
    <div className="stack">
      <Group justify="space-between">
        <Text size="sm" className="quiet">
          {texts.text}
        </Text>
        {create}
      </Group>
      {rows.map((destination) => (
        <DestinationPanel key={destination.id} destination={destination} />
      ))}
    </div>
  );
}

function DestinationPanel({ destination }: { destination: Destination }) {
  const access = useAccess();
  const [test, setTest] = useState<Schema<"DestinationTest"> | null>(null);
  const { send, busy, failure } = useSend();
  const { id, name } = destination;
  const remove = () =>
    confirmDestructive({
      title: texts.deleteTitle(name),
      consequences: texts.deleteText,
      confirmLabel: text.common.delete,
      typed: name,
      run: () => destinations.remove(id),
      done: texts.deleted(name),
    });
  return (
    <Panel
      title={name}
      aside={
        access.everywhere("settings:write") && (
          <Group gap="xs">
            <Button
              variant="default"
              loading={busy}
              onClick={() => void send(async () => setTest(await testDestination(id)))}
            >
              {texts.test}
            </Button>
            <DialogButton label={texts.edit} title={texts.editTitle(name)}>
              {(close) => <EditDestination id={id} close={close} />}
            </DialogButton>
            <Button variant="default" onClick={remove}>
              {texts.delete}
            </Button>
          </Group>
        )
      }
    >
      <Stack gap="sm">
        {failure}
        {test && <Tried test={test} />}
        <About destination={destination} />
      </Stack>
    </Panel>
  );
}

function Tried({ test }: { test: Schema<"DestinationTest"> }) {
  return (
    <div role="status">
      <Status state={test.ok ? "ok" : "failed"} word={test.ok ? texts.testOk : texts.testFailed} />
      {test.steps.map((step) => (
        <div key={step.step}>
          <Status state={step.ok ? "ok" : "failed"} word={step.step} />{" "}
          <span className="mono quiet">{step.answer}</span>
        </div>
      ))}
    </div>
  );
}

function About({ destination }: { destination: Destination }) {
  const { state, problem, failing_since: since, next_attempt_at: next } = destination;
  return (
    <Fields>
      <Field name={text.common.state}>
        <Status state={TONES[state]} word={texts.states[state]} />
        {problem && <div>{problem}</div>}
      </Field>
      <Field name={texts.target}>
        <span className="mono">{destination.target}</span>
      </Field>
      <Field name={texts.sent}>{texts.sentCount(destination.sent, destination.sent_through)}</Field>
      {destination.waiting > 0 && (
        <Field name={texts.waiting}>{destination.waiting.toLocaleString("en")}</Field>
      )}
      {destination.last_sent_at && (
        <Field name={texts.lastSent}>
          <When at={destination.last_sent_at} />
        </Field>
      )}
      {since && (
        <Field name={texts.failingSince}>
          <When at={since} />
        </Field>
      )}
      {next && (
        <Field name={texts.nextAttempt}>
          <When at={next} />
        </Field>
      )}
      {destination.missed > 0 && (
        <Field name={texts.missed}>
          {destination.missed.toLocaleString("en")} <span className="quiet">{texts.missedText}</span>
        </Field>
      )}
    </Fields>
  );
}
