import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode, useContext, useState } from "react";
import { isApiError } from "../api/errors";
import { text } from "../text";
import { CloseDialog } from "./dialog";
import { Failure } from "./Failure";
import { type FieldErrors, takenByFields } from "./fieldErrors";
import { useIsAway } from "./Reachable";

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

/** What @mantine/form has of a form: a refused field says so itself. */
interface FormOfFields {
  values: object;
  setErrors: (errors: FieldErrors) => void;
}

interface SendFormProps {
  /** Whose fields show what the control plane says of them; what is left is said above the button. */
  form?: FormOfFields;
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
  const { send, busy, error } = useSend();
  const close = useContext(CloseDialog);
  const isAway = useIsAway();
  const { form } = props;
  const submit = async () => {
    try {
      return await props.submit();
    } catch (refused) {
      if (form && isApiError(refused)) form.setErrors(takenByFields(refused, form.values).errors);
      throw refused;
    }
  };
  const allTaken = form && isApiError(error) && takenByFields(error, form.values).whole;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // For React, a form in a dialog is inside whatever opened the dialog.
        event.stopPropagation();
        if (!props.disabled && !isAway) void send(submit).then((succeeded) => succeeded && props.onDone?.());
      }}
    >
      <Stack gap="sm">
        {props.children}
        {error !== null && !allTaken && <Failure error={error} />}
        <Group justify={props.buttonsAt === "start" ? "flex-start" : "flex-end"} gap="xs">
          {props.aside ?? (close && <CancelButton close={close} />)}
          <Button type="submit" color={props.submitColor} loading={busy} disabled={props.disabled || isAway}>
            {props.submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function CancelButton({ close }: { close: () => void }) {
  return (
    <Button variant="default" onClick={close}>
      {text.common.cancel}
    </Button>
  );
}
