import { PasswordInput } from "@mantine/core";
import { useState } from "react";
import { SendForm } from "../../components/dialog";
import { text } from "../../text";
import { setPassword } from "./requests";

/** One's own password anew. `hasOne`: the present one is asked for. */
export function PasswordForm({
  hasOne,
  submitLabel,
  onDone,
}: {
  hasOne: boolean;
  submitLabel: string;
  onDone: () => void;
}) {
  const [current, setCurrent] = useState("");
  const [password, setNew] = useState("");
  const [again, setAgain] = useState("");
  const differ = again !== "" && again !== password;
  return (
    <SendForm
      submitLabel={submitLabel}
      disabled={!password || password !== again || (hasOne && !current)}
      onDone={onDone}
      submit={() => setPassword("me", { password, current })}
    >
      {hasOne && (
        <PasswordInput
          label={text.account.currentPassword}
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus
        />
      )}
      <PasswordInput
        label={text.signIn.newPassword}
        description={text.signIn.newPasswordHelp}
        value={password}
        onChange={(event) => setNew(event.currentTarget.value)}
        autoComplete="new-password"
        required
        withAsterisk={false}
      />
      <PasswordInput
        label={text.signIn.repeatPassword}
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
        error={differ ? text.signIn.passwordsDiffer : undefined}
        autoComplete="new-password"
        required
        withAsterisk={false}
      />
    </SendForm>
  );
}
