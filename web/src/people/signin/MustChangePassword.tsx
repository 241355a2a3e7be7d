import { Button, Text } from "@mantine/core";
import { queryClient } from "../../api/queries";
import { signOut } from "../../api/session";
import { notifyFailure } from "../../components/notify";
import { text } from "../../text/people";
import { PasswordForm } from "../identity";
import { Frame } from "./Frame";

/** Shown before any page to a user whose password somebody else has set. */
export function MustChangePassword() {
  return (
    <Frame title={text.signIn.changePasswordTitle}>
      <Text size="sm">{text.signIn.changePasswordText}</Text>
      <PasswordForm
        hasPassword
        submitLabel={text.common.save}
        onDone={() => void queryClient.invalidateQueries()}
      />
      <Button variant="subtle" color="gray" onClick={() => void signOut().catch(notifyFailure)}>
        {text.common.signOut}
      </Button>
    </Frame>
  );
}
