import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { AT, END_HOURS, endOf, LASTS } from "./ends";
import { type Grant, grants } from "./requests";

/** When a grant ends: what was chosen, and the moment that was written. */
export interface End {
  choice: string;
  at: string;
}

export const NO_END: End = { choice: LASTS, at: "" };

/** Null: it is not complete. */
export function endAsSent({ choice, at }: End): string | null {
  return endOf(choice, at, new Date());
}

export function EndField({ value, onChange }: { value: End; onChange: (end: End) => void }) {
  return (
    <>
      <NativeSelect
        label={text.grants.ends}
        description={text.grants.endsHelp}
        data={[LASTS, ...Object.keys(END_HOURS), AT].map((choice) => ({
          value: choice,
          label: text.grants.endChoices[choice] ?? choice,
        }))}
        value={value.choice}
        onChange={(event) => onChange({ ...value, choice: event.currentTarget.value })}
      />
      {value.choice === AT && (
        <TextInput
          type="datetime-local"
          label={text.grants.endsAt}
          value={value.at}
          required
          onChange={(event) => onChange({ ...value, at: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** Changes when a grant ends. */
export function ChangeEnd({ grant, close }: { grant: Grant; close: () => void }) {
  const [end, setEnd] = useState(NO_END);
  const sent = endAsSent(end);
  return (
    <SendForm
      submitLabel={text.grants.changeEnd}
      disabled={sent === null}
      onDone={close}
      submit={async () => {
        await grants.change(grant.id, { expires_at: sent ?? "" });
        notifyDone(text.grants.endChanged);
      }}
    >
      <EndField value={end} onChange={setEnd} />
    </SendForm>
  );
}
