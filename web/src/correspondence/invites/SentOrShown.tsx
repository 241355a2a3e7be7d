import { Button, Group, Stack, Text } from "@mantine/core";
import { ShownOnce } from "../../components/ShownOnce";
import { text } from "../../text/correspondence";
import type { NewInvite } from "./requests";

/** That the mail goes out; or, where there is no mail, the link, once. */
export function SentOrShown({ invite, close }: { invite: NewInvite; close: () => void }) {
  if (invite.link) {
    return (
      <ShownOnce
        values={[{ name: text.invites.linkTitle(invite.email), value: invite.link }]}
        file="nimbus-invite.txt"
        close={close}
      >
        <Text size="sm">{text.invites.linkText}</Text>
      </ShownOnce>
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {text.invites.sentTo(invite.email)}
      </Text>
      <Group justify="flex-end">
        <Button onClick={close}>{text.common.close}</Button>
      </Group>
    </Stack>
  );
}
