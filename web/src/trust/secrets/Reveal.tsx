import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { CommandLine } from "../../components/Copyable";
import { useSend } from "../../components/SendForm";
import { text } from "../../text/trust";
import { revealSecret, type Secret, type SecretValue } from "./requests";

const SHOWN_S = 30;

/** A button that shows the value for half a minute, and says before that the audit log will have it. */
export function Reveal({ secret, version }: { secret: Secret; version: number }) {
  const [value, setValue] = useState<SecretValue | null>(null);
  const { send, busy, failure } = useSend();
  return (
    <Stack gap="sm">
      {value ? (
        <ShownBriefly value={value} hide={() => setValue(null)} />
      ) : (
        <>
          <Text size="sm" className="quiet">
            {text.secrets.revealText}
          </Text>
          <Group>
            <Button
              variant="default"
              loading={busy}
              aria-label={text.secrets.revealOf(version)}
              onClick={() => void send(async () => setValue(await revealSecret(secret.id, version)))}
            >
              {text.secrets.reveal}
            </Button>
          </Group>
        </>
      )}
      {failure}
    </Stack>
  );
}

function ShownBriefly({ value, hide }: { value: SecretValue; hide: () => void }) {
  const [left, setLeft] = useState(SHOWN_S);
  useEffect(() => {
    const timer = setInterval(() => setLeft((before) => before - 1), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left <= 0) hide();
  }, [left, hide]);
  return (
    <>
      {value.encoding === "base64" && (
        <Text size="sm" className="quiet">
          {text.secrets.binary}
        </Text>
      )}
      <CommandLine command={value.value} what={text.secrets.value} />
      <Group gap="sm">
        <Button variant="default" onClick={hide}>
          {text.secrets.hide}
        </Button>
        <Text size="sm" className="quiet">
          {text.secrets.hiddenIn(left)}
        </Text>
      </Group>
    </>
  );
}
