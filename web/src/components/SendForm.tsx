import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Failure } from "./Failure";

/** Sends one request at a time, and keeps why the last one was refused. `send` answers whether it succeeded. */
export function useSend() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function send(request: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    setError(null);
    try {
      await request();
      return true;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { send, busy, error, failure: error !== null && <Failure error={error} /> };
}

interface SendFormProps {
  submitLabel: string;
  submitColor?: string;
  submit: () => Promise<unknown>;
  onDone?: () => void;
  disabled?: boolean;
  /** Buttons before the one that submits. */
  aside?: ReactNode;
  /** "end" in a dialog, "start" under the fields of a page. */
  buttonsAt?: "start" | "end";
  children: ReactNode;
}

/** Fields and a button that sends them. When they are refused, it says why and keeps what was filled in. */
export function SendForm(props: SendFormProps) {
  const { send, busy, failure } = useSend();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // For React, a form in a dialog is inside whatever opened the dialog.
        event.stopPropagation();
        if (!props.disabled) void send(props.submit).then((succeeded) => succeeded && props.onDone?.());
      }}
    >
      <Stack gap="sm">
        {props.children}
        {failure}
        <Group justify={props.buttonsAt === "start" ? "flex-start" : "flex-end"} gap="xs">
          {props.aside}
          <Button type="submit" color={props.submitColor} loading={busy} disabled={props.disabled}>
            {props.submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
