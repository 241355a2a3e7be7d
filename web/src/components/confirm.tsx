import { Button, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { text } from "../text";
import { dialog } from "./dialog";
import { notifyDone } from "./notify";
import { SendForm } from "./SendForm";

export interface Destructive {
  title: string;
  /** What will happen, before it does. */
  consequences: ReactNode;
  confirmLabel: string;
  /** What the button that changes nothing says; absent: "Cancel". */
  keepLabel?: string;
  /** Where a slip would hurt: the name, which has to be typed. */
  typed?: string;
  run: () => Promise<unknown>;
  /** What is said when it is done. */
  done?: string;
}

/** Dark enough for white words on it (WCAG 2.1, 1.4.3). */
export const DESTRUCTIVE = "red.9";

/** Asks before something is destroyed. Stays open, with the reason, when that could not be done. */
export function confirmDestructive(question: Destructive): void {
  dialog(question.title, (close) => <Confirmation {...question} close={close} />, {
    closeOnClickOutside: true,
  });
}

function Confirmation(props: Destructive & { close: () => void }) {
  const { typed } = props;
  const [name, setName] = useState("");
  return (
    <SendForm
      submitLabel={props.confirmLabel}
      submitColor={DESTRUCTIVE}
      disabled={typed !== undefined && name !== typed}
      submit={props.run}
      onDone={() => {
        if (props.done) notifyDone(props.done);
        props.close();
      }}
      aside={
        <Button
          variant="default"
          onClick={props.close}
          data-autofocus={typed === undefined ? true : undefined}
        >
          {props.keepLabel ?? text.common.cancel}
        </Button>
      }
    >
      <Text size="sm" component="div">
        {props.consequences}
      </Text>
      {typed !== undefined && (
        <TextInput
          label={text.common.typeToConfirm(typed)}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
      )}
    </SendForm>
  );
}
