import { Select } from "@mantine/core";
import { useState } from "react";
import { CollectionTable, type Column } from "../../components/collection/CollectionTable";
import { Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/correspondence";
import { type Message, messages } from "./requests";

const columns: Column<Message>[] = [
  { key: "recipient", header: text.mail.recipient, cell: (message) => message.recipient },
  { key: "subject", header: text.mail.subject, from: "md", cell: (message) => message.subject },
  {
    key: "state",
    header: text.common.state,
    width: "7rem",
    cell: (message) => <Status state={message.state} word={text.mail.states[message.state]} />,
  },
  {
    key: "attempts",
    header: text.mail.attempts,
    sort: "attempts",
    from: "sm",
    width: "5rem",
    align: "right",
    cell: (message) => message.attempts,
  },
  {
    key: "answer",
    header: text.mail.answer,
    from: "lg",
    cell: (message) => (
      <span className="quiet" title={message.answer}>
        {message.answer}
      </span>
    ),
  },
  {
    key: "when",
    header: text.mail.when,
    sort: "created_at",
    from: "sm",
    width: "10rem",
    cell: (message) =>
      message.state === "queued" && message.next_attempt_at ? (
        <>
          {text.mail.next} <When at={message.next_attempt_at} />
        </>
      ) : (
        <When at={message.finished_at ?? message.created_at} />
      ),
  },
];

/** Mail that waits, went out, or did not. */
export function Outbox() {
  const [state, setState] = useState<Message["state"] | "">("");
  const [sort, setSort] = useState("-created_at");
  return (
    <Panel
      flush
      title={text.mail.outbox}
      aside={
        <Select
          size="xs"
          w={140}
          aria-label={text.common.state}
          placeholder={text.mail.anyState}
          clearable
          value={state || null}
          data={Object.entries(text.mail.states).map(([value, label]) => ({ value, label }))}
          onChange={(chosen) => setState((chosen ?? "") as typeof state)}
        />
      }
    >
      <CollectionTable
        of={messages}
        label={text.mail.outbox}
        columns={columns}
        query={{ state, sort }}
        onSort={setSort}
        filtered={state !== ""}
        empty={<div className="panel-list quiet">{text.mail.outboxEmpty}</div>}
        maxHeight="24rem"
      />
    </Panel>
  );
}
