import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { type ReactNode, useState } from "react";
import { text } from "../text";
import { Failure } from "./Failure";

interface Destructive {
  title: string;
  /** What will happen, before it does. */
  consequences: ReactNode;
  confirmLabel: string;
  /** Where a slip would hurt: the name has to be typed. */
  typed?: string;
  run: () => Promise<unknown>;
}

/** Ask before something is destroyed; stays open, with the reason, when it could not be done. */
export function confirmDestructive(given: Destructive): void {
  const id = modals.open({
    title: given.title,
    closeButtonProps: { "aria-label": text.common.close },
    children: <Confirmation {...given} close={() => modals.close(id)} />,
  });
}

function Confirmation({
  consequences,
  confirmLabel,
  typed,
  run,
  close,
}: Destructive & { close: () => void }) {
  const [given, setGiven] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirmed = typed === undefined || given === typed;
  async function go() {
    setBusy(true);
    setError(null);
    try {
      await run();
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (confirmed) void go();
      }}
    >
      <Stack gap="sm">
        <Text size="sm" component="div">
          {consequences}
        </Text>
        {typed !== undefined && (
          <TextInput
            label={text.common.typeToConfirm(typed)}
            value={given}
            onChange={(event) => setGiven(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        {error !== null && <Failure error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus={typed === undefined ? true : undefined}>
            {text.common.cancel}
          </Button>
          <Button type="submit" color="red" loading={busy} disabled={!confirmed}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
