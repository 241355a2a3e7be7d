import { Button, Group, Stack } from "@mantine/core";
import { modals } from "@mantine/modals";
import { type ReactNode, useState } from "react";
import { text } from "../text";
import { Failure } from "./Failure";

/** A dialog over the page; `content` is given what closes it. */
export function dialog(
  title: string,
  content: (close: () => void) => ReactNode,
  size: "md" | "lg" | "xl" = "md",
): void {
  const id = modals.open({
    title,
    size,
    // A click beside it must not lose what was filled in, or is shown once.
    closeOnClickOutside: false,
    closeButtonProps: { "aria-label": text.common.close },
    children: content(() => modals.close(id)),
  });
}

/** Sends one change at a time; keeps why it was refused. Answers whether it was taken. */
export function useSend() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function send(work: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { send, busy, failure: error !== null && <Failure error={error} /> };
}

/** Fields and a button that sends them; says why it was refused, and keeps what was filled in. */
export function SendForm(given: {
  submitLabel: string;
  submit: () => Promise<unknown>;
  onDone?: () => void;
  disabled?: boolean;
  aside?: ReactNode;
  /** "end" in a dialog, "start" under the fields of a page. */
  buttonsAt?: "start" | "end";
  children: ReactNode;
}) {
  const { send, busy, failure } = useSend();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // A form in a dialog is, for React, inside whatever opened it.
        event.stopPropagation();
        if (!given.disabled) void send(given.submit).then((taken) => taken && given.onDone?.());
      }}
    >
      <Stack gap="sm">
        {given.children}
        {failure}
        <Group justify={given.buttonsAt === "start" ? "flex-start" : "flex-end"} gap="xs">
          {given.aside}
          <Button type="submit" loading={busy} disabled={given.disabled}>
            {given.submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
