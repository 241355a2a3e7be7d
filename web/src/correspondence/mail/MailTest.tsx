import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "../../api/types";
import { useSend } from "../../components/SendForm";
import { Status } from "../../components/Status";
import { text } from "../../text/correspondence";
import { testMail } from "./requests";

/** Sends a mail to oneself, and shows how each step of that went. */
export function MailTest() {
  const [result, setResult] = useState<Schema<"MailTest"> | null>(null);
  const { send, busy, failure } = useSend();
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button
          variant="default"
          loading={busy}
          onClick={() => void send(async () => setResult(await testMail()))}
        >
          {text.mail.test}
        </Button>
        <Text size="sm" className="quiet">
          {text.mail.testText}
        </Text>
      </Group>
      {failure}
      {result && (
        <div role="status">
          <Status
            state={result.ok ? "ok" : "failed"}
            word={result.ok ? text.mail.testOk(result.recipient) : text.mail.testFailed}
          />
          {result.steps.map((step) => (
            <div key={step.step}>
              <Status state={step.ok ? "ok" : "failed"} word={step.step} />{" "}
              <span className="mono quiet">{step.answer}</span>
            </div>
          ))}
        </div>
      )}
    </Stack>
  );
}
