import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useWhoAmI } from "../../access/useAccess";
import { api, dataOf } from "../../api/client";
import { SendForm, useSend } from "../../components/SendForm";
import { text } from "../../text/people";
import { factorsQuery } from "../identity";
import { passkeyAnswer } from "./passkeys";
import { signInMethods } from "./steps";

function send(body: { password?: string; otp?: string; state?: string; credential?: object }) {
  return dataOf(api.POST("/api/v1/auth/reauthenticate", { body: body as never }));
}

/** Asks for the password, a code or a passkey; who has none of these here goes to their identity provider. */
export function Reauthenticate({ done }: { done: (has: boolean) => void }) {
  const who = useWhoAmI();
  const factors = useQuery(factorsQuery("me"));
  const methods = useQuery({ queryKey: ["sign-in-methods"], queryFn: signInMethods });
  const [password, setPassword] = useState("");
  const [otp, setOtp] = useState("");
  const passkey = useSend();
  const needsCode = factors.data && (factors.data.totp || factors.data.passkeys.length > 0);
  const withPasskey = () =>
    void passkey
      .send(async () => {
        await send(await passkeyAnswer());
      })
      .then((succeeded) => succeeded && done(true));
  return (
    <Stack gap="sm">
      <Text size="sm">{text.signIn.againText}</Text>
      {who.user?.has_password && (
        <SendForm
          submitLabel={text.signIn.goOn}
          disabled={!password || (needsCode && !otp.trim())}
          submit={() => send({ password, otp: otp.trim() })}
          onDone={() => done(true)}
        >
          <PasswordInput
            label={text.signIn.password}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            data-autofocus
          />
          {needsCode && (
            <TextInput
              label={text.account.codeOrRecovery}
              autoComplete="one-time-code"
              spellCheck={false}
              value={otp}
              onChange={(event) => setOtp(event.currentTarget.value)}
            />
          )}
        </SendForm>
      )}
      {passkey.failure}
      {(factors.data?.passkeys.length ?? 0) > 0 && (
        <Button variant="default" loading={passkey.busy} onClick={withPasskey}>
          {text.signIn.usePasskey}
        </Button>
      )}
      {!who.user?.has_password &&
        methods.data?.providers.map((provider) => (
          <Button
            key={provider.name}
            variant="default"
            component="a"
            href={`${provider.start}?return_to=${encodeURIComponent(`${location.pathname}${location.search}`)}`}
          >
            {text.signIn.provider(provider.display_name || provider.name)}
          </Button>
        ))}
    </Stack>
  );
}
