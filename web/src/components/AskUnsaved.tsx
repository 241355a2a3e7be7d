import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { text } from "../text";
import { DESTRUCTIVE } from "./confirm";

/** Asks before another page is opened, or the tab closed, while `changed`: what was filled in would be lost. */
export function AskUnsaved({ changed }: { changed: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => changed,
    enableBeforeUnload: changed,
    disabled: !changed,
    withResolver: true,
  });
  if (status !== "blocked") return null;
  return (
    <Modal
      opened
      onClose={reset}
      title={text.unsaved.title}
      closeButtonProps={{ "aria-label": text.common.close }}
    >
      <Text size="sm">{text.unsaved.consequences}</Text>
      <Group justify="flex-end" gap="xs" mt="sm">
        <Button variant="default" onClick={reset} data-autofocus>
          {text.unsaved.stay}
        </Button>
        <Button color={DESTRUCTIVE} onClick={proceed}>
          {text.unsaved.leave}
        </Button>
      </Group>
    </Modal>
  );
}
