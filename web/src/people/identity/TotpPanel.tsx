import { Center, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Copyable } from "../../components/Copyable";
import { DialogButton } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { Loaded } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { SendForm } from "../../components/SendForm";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { confirmTotp, disableTotp, enrolTotp, newRecoveryCodes } from "./ownFactors";
import { QrCode } from "./QrCode";
import { RecoveryCodes } from "./RecoveryCodes";
import { factorsQuery } from "./requests";

/** One's authenticator app and recovery codes. */
export function TotpPanel() {
  const { data, error } = useQuery(factorsQuery("me"));
  return (
    <Panel title={text.users.factors}>
      {error && <Failure error={error} />}
      {data && (
        <Stack gap="sm">
          <Fields>
            <Field name={text.users.totp}>
              {data.totp ? (
                <>
                  <Status state="enabled" word={text.account.totpOn} /> <When at={data.totp_confirmed_at} />
                </>
              ) : (
                <span className="quiet">{text.account.totpOff}</span>
              )}
            </Field>
            <Field name={text.account.recoveryTitle}>{text.account.recoveryLeft(data.recovery_codes)}</Field>
          </Fields>
          <Group gap="xs">
            {data.totp ? (
              <>
                <DialogButton label={text.account.newRecovery} title={text.account.recoveryTitle}>
                  {(close) => <NewCodes close={close} />}
                </DialogButton>
                <DialogButton label={text.account.disableTotp} title={text.account.disableTitle}>
                  {(close) => <Disable close={close} />}
                </DialogButton>
              </>
            ) : (
              <DialogButton label={text.account.enrolTotp} title={text.account.enrolTitle}>
                {(close) => <Enrol close={close} />}
              </DialogButton>
            )}
          </Group>
          <Text size="xs" className="quiet">
            {text.account.recentHelp}
          </Text>
        </Stack>
      )}
    </Panel>
  );
}

interface CodeFormProps {
  label: string;
  submitLabel: string;
  /** What it answers, if anything, are new recovery codes. */
  submit: (code: string) => Promise<{ recovery_codes: string[] } | undefined>;
  close: () => void;
  children: ReactNode;
}

/** Asks for a code of the app; then shows the recovery codes that were made, if any. */
function CodeForm(props: CodeFormProps) {
  const [code, setCode] = useState("");
  const [recoveryCodes, setRecoveryCodes] = useState<string[] | null>(null);
  if (recoveryCodes) return <RecoveryCodes codes={recoveryCodes} close={props.close} />;
  return (
    <SendForm
      submitLabel={props.submitLabel}
      disabled={!code.trim()}
      submit={async () => {
        const answer = await props.submit(code.trim());
        // None are created where there are some: of a passkey.
        if (answer && answer.recovery_codes.length > 0) setRecoveryCodes(answer.recovery_codes);
        else props.close();
      }}
    >
      {props.children}
      <TextInput
        label={props.label}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        autoComplete="one-time-code"
        inputMode="text"
        spellCheck={false}
        required
        withAsterisk={false}
        data-autofocus
      />
    </SendForm>
  );
}

const enrolmentQuery = {
  queryKey: ["totp-enrolment"],
  queryFn: enrolTotp,
  gcTime: 0,
  // Never asked for again, whatever becomes stale: each answer is another secret, and this one may be scanned already.
  staleTime: "static" as const,
};

function Enrol({ close }: { close: () => void }) {
  return (
    <Loaded query={enrolmentQuery}>
      {({ otpauth_uri: uri, secret }) => (
        <CodeForm
          label={text.account.code}
          submitLabel={text.account.confirmTotp}
          submit={confirmTotp}
          close={close}
        >
          <Text size="sm">{text.account.enrolScan}</Text>
          <Center>
            <QrCode value={uri} label={text.account.enrolQr} />
          </Center>
          <Text size="sm" component="div">
            {text.account.enrolKey}: <Copyable value={secret} what={text.account.enrolKey} />
          </Text>
        </CodeForm>
      )}
    </Loaded>
  );
}

function Disable({ close }: { close: () => void }) {
  return (
    <CodeForm
      label={text.account.codeOrRecovery}
      submitLabel={text.account.disable}
      submit={async (code) => {
        await disableTotp(code);
        return undefined;
      }}
      close={close}
    >
      <Text size="sm">{text.account.disableText}</Text>
    </CodeForm>
  );
}

function NewCodes({ close }: { close: () => void }) {
  return (
    <CodeForm
      label={text.account.code}
      submitLabel={text.account.makeCodes}
      submit={newRecoveryCodes}
      close={close}
    >
      <Text size="sm">{text.account.newRecoveryText}</Text>
    </CodeForm>
  );
}
