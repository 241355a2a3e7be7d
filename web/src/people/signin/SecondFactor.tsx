import { Anchor, Button, Group, PinInput, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { type ApiError, isApiError } from "../../api/errors";
import { begin, type SignedIn } from "../../api/session";
import { useSend } from "../../components/SendForm";
import { text } from "../../text/people";
import { signInWithPasskey } from "./passkeys";
import { continueWithCode } from "./steps";

const CODE_LENGTH = 6;

/** After a password that was right: `required` says which factors there are, and holds the challenge. */
export function SecondFactor({ required, onStartOver }: { required: ApiError; onStartOver: () => void }) {
  const has = (factor: string) => required.details.some(({ field }) => field === factor);
  const [factor, setFactor] = useState<"totp" | "recovery_code">(has("totp") ? "totp" : "recovery_code");
  const [code, setCode] = useState("");
  const { send, busy, error, failure } = useSend();
  const signIn = (request: Promise<SignedIn>) =>
    void send(async () => begin(await request)).then((succeeded) => succeeded || setCode(""));
  const sendCode = (otp: string) => signIn(continueWithCode(required.challenge, otp));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim()) sendCode(code.trim());
      }}
    >
      <Stack gap="sm">
        <Text size="sm">{text.signIn.secondFactorText}</Text>
        {failure}
        {isApiError(error) && error.code === "UNAUTHENTICATED" && (
          <LinkButton onClick={onStartOver}>{text.signIn.startOver}</LinkButton>
        )}
        {factor === "totp" && (
          <PinInput
            aria-label={text.signIn.code}
            length={CODE_LENGTH}
            type="number"
            inputMode="numeric"
            oneTimeCode
            autoFocus
            value={code}
            onChange={setCode}
            onComplete={sendCode}
            disabled={busy}
          />
        )}
        {factor === "recovery_code" && (has("recovery_code") || has("totp")) && (
          <TextInput
            label={text.signIn.recoveryCode}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            autoFocus
          />
        )}
        <Button type="submit" size="sm" loading={busy} disabled={code === ""}>
          {text.signIn.goOn}
        </Button>
        <Group gap="md">
          {has("passkey") && (
            <LinkButton onClick={() => signIn(signInWithPasskey(required.challenge))}>
              {text.signIn.usePasskey}
            </LinkButton>
          )}
          {has("totp") && has("recovery_code") && (
            <LinkButton
              onClick={() => {
                setCode("");
                setFactor(factor === "totp" ? "recovery_code" : "totp");
              }}
            >
              {factor === "totp" ? text.signIn.useRecoveryCode : text.signIn.useCode}
            </LinkButton>
          )}
          <LinkButton onClick={onStartOver}>{text.signIn.startOver}</LinkButton>
        </Group>
      </Stack>
    </form>
  );
}

function LinkButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Anchor component="button" type="button" size="sm" onClick={onClick}>
      {children}
    </Anchor>
  );
}
