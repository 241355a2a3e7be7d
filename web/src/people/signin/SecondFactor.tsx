import { Anchor, Button, Group, PinInput, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type ApiError, isApiError } from "../../api/errors";
import { begin } from "../../api/session";
import { Failure } from "../../components/Failure";
import { text } from "../../text";
import { signInWithPasskey } from "./passkeys";
import { goOnWithCode } from "./steps";

const CODE_LENGTH = 6;

/** After a password that was right: `required` says which factors there are, and holds the challenge. */
export function SecondFactor({ required, onStartOver }: { required: ApiError; onStartOver: () => void }) {
  const has = (factor: string) => required.details.some(({ field }) => field === factor);
  const [way, setWay] = useState<"totp" | "recovery_code">(has("totp") ? "totp" : "recovery_code");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function attempt(work: () => Promise<void>) {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(failure);
      setCode("");
    } finally {
      setBusy(false);
    }
  }
  const send = (otp: string) => void attempt(async () => begin(await goOnWithCode(required.challenge, otp)));
  function submit(event: FormEvent) {
    event.preventDefault();
    if (code.trim()) send(code.trim());
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">{text.signIn.secondFactorText}</Text>
        {error !== null && <Failure error={error} />}
        {isApiError(error) && error.code === "UNAUTHENTICATED" && (
          <Anchor component="button" type="button" size="sm" onClick={onStartOver}>
            {text.signIn.startOver}
          </Anchor>
        )}
        {way === "totp" ? (
          <PinInput
            aria-label={text.signIn.code}
            length={CODE_LENGTH}
            type="number"
            inputMode="numeric"
            oneTimeCode
            autoFocus
            value={code}
            onChange={setCode}
            onComplete={send}
            disabled={busy}
          />
        ) : (
          (has("recovery_code") || has("totp")) && (
            <TextInput
              label={text.signIn.recoveryCode}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              autoFocus
            />
          )
        )}
        <Button type="submit" size="sm" loading={busy} disabled={code === ""}>
          {text.signIn.goOn}
        </Button>
        <Group gap="md">
          {has("passkey") && (
            <Anchor
              component="button"
              type="button"
              size="sm"
              onClick={() => void attempt(async () => begin(await signInWithPasskey(required.challenge)))}
            >
              {text.signIn.usePasskey}
            </Anchor>
          )}
          {has("totp") && has("recovery_code") && (
            <Anchor
              component="button"
              type="button"
              size="sm"
              onClick={() => {
                setCode("");
                setWay(way === "totp" ? "recovery_code" : "totp");
              }}
            >
              {way === "totp" ? text.signIn.useRecoveryCode : text.signIn.useCode}
            </Anchor>
          )}
          <Anchor component="button" type="button" size="sm" onClick={onStartOver}>
            {text.signIn.startOver}
          </Anchor>
        </Group>
      </Stack>
    </form>
  );
}
