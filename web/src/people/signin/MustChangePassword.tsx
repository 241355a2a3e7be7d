import { Button, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { signOut } from "../../api/session";
import { notifyFailure } from "../../components/notify";
import { text } from "../../text";
import { PasswordForm } from "../identity/PasswordForm";
import { Frame } from "./SignInPage";

/** Before anything else: somebody else knows the password. */
export function MustChangePassword() {
  const client = useQueryClient();
  return (
    <Frame title={text.signIn.changePasswordTitle}>
      <Text size="sm">{text.signIn.changePasswordText}</Text>
      <PasswordForm hasOne submitLabel={text.common.save} onDone={() => void client.invalidateQueries()} />
      <Button variant="subtle" color="gray" onClick={() => void signOut().catch(notifyFailure)}>
        {text.common.signOut}
      </Button>
    </Frame>
  );
}
