import { Button, Center, Group, Loader, Stack, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Copyable } from "../../components/Copyable";
import { dialog, SendForm } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { ShownOnce } from "../../components/ShownOnce";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text";
import { confirmTotp, disableTotp, enrolTotp, newRecoveryCodes } from "./factorRequests";
import { QrCode } from "./QrCode";
import { factorsQuery } from "./requests";

/** One's authenticator app and recovery codes. */
export function TotpPanel() {
  const { data, error } = useQuery(factorsQuery("me"));
  const open = (title: string, content: (close: () => void) => React.ReactNode) => () =>
    dialog(title, content);
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
                <Button
                  variant="default"
                  onClick={open(text.account.recoveryTitle, (close) => <NewCodes close={close} />)}
                >
                  {text.account.newRecovery}
                </Button>
                <Button
                  variant="default"
                  onClick={open(text.account.disableTitle, (close) => <Disable close={close} />)}
                >
                  {text.account.disableTotp}
                </Button>
              </>
            ) : (
              <Button
                variant="default"
                onClick={open(text.account.enrolTitle, (close) => <Enrol close={close} />)}
              >
                {text.account.enrolTotp}
              </Button>
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

function Code({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <TextInput
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="one-time-code"
      inputMode="text"
      spellCheck={false}
      required
      withAsterisk={false}
      data-autofocus
    />
  );
}

/** Recovery codes, to keep. */
export function CodesShownOnce({ codes, close }: { codes: string[]; close: () => void }) {
  return (
    <ShownOnce
      values={[{ name: text.account.recoveryTitle, value: codes.join("\n") }]}
      file="nimbus-recovery-codes.txt"
      close={close}
    >
      <Text size="sm">{text.account.recoveryText}</Text>
    </ShownOnce>
  );
}

function useCodes() {
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const take = async (asked: Promise<{ recovery_codes: string[] }>) => {
    setCodes((await asked).recovery_codes);
    await client.invalidateQueries({ queryKey: ["users"] });
  };
  return { codes, take };
}

function Enrol({ close }: { close: () => void }) {
  const enrolment = useQuery({
    queryKey: ["totp-enrolment"],
    queryFn: enrolTotp,
    gcTime: 0,
    staleTime: Infinity,
  });
  const [code, setCode] = useState("");
  const { codes, take } = useCodes();
  if (codes) return <CodesShownOnce codes={codes} close={close} />;
  if (enrolment.isError) return <Failure error={enrolment.error} />;
  if (enrolment.data === undefined) return <Loader size="sm" />;
  return (
    <SendForm
      submitLabel={text.account.confirmTotp}
      disabled={!code.trim()}
      submit={() => take(confirmTotp(code.trim()))}
    >
      <Text size="sm">{text.account.enrolScan}</Text>
      <Center>
        <QrCode value={enrolment.data.otpauth_uri} label={text.account.enrolQr} />
      </Center>
      <Text size="sm" component="div">
        {text.account.enrolKey}: <Copyable value={enrolment.data.secret} what={text.account.enrolKey} />
      </Text>
      <Code label={text.account.code} value={code} onChange={setCode} />
    </SendForm>
  );
}

function Disable({ close }: { close: () => void }) {
  const client = useQueryClient();
  const [code, setCode] = useState("");
  return (
    <SendForm
      submitLabel={text.account.disable}
      disabled={!code.trim()}
      onDone={close}
      submit={async () => {
        await disableTotp(code.trim());
        await client.invalidateQueries({ queryKey: ["users"] });
      }}
    >
      <Text size="sm">{text.account.disableText}</Text>
      <Code label={text.account.codeOrRecovery} value={code} onChange={setCode} />
    </SendForm>
  );
}

function NewCodes({ close }: { close: () => void }) {
  const [code, setCode] = useState("");
  const { codes, take } = useCodes();
  if (codes) return <CodesShownOnce codes={codes} close={close} />;
  return (
    <SendForm
      submitLabel={text.account.makeCodes}
      disabled={!code.trim()}
      submit={() => take(newRecoveryCodes(code.trim()))}
    >
      <Text size="sm">{text.account.newRecoveryText}</Text>
      <Code label={text.account.code} value={code} onChange={setCode} />
    </SendForm>
  );
}
