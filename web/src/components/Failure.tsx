import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconLock, IconPlugConnectedX } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { type ApiError, isApiError } from "../api/errors";
import { text } from "../text";
import { Copyable } from "./Copyable";
import { type NextStep, nextStepOf } from "./nextStep";
import { PageLink } from "./PageLink";

/**
 * An error for the reader: what failed, what to do next, and the request to ask about. What one may not do is no fault:
 * it is said calmly, and trying again would not help.
 */
export function Failure({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const known = isApiError(error) ? error : null;
  const message = known?.message ?? (error instanceof Error ? error.message : String(error));
  const next = known && nextStepOf(known);
  const forbidden = known?.code === "FORBIDDEN";
  return (
    <Alert {...looksOf(known)} title={title ?? message} role="alert">
      <Stack gap="xs">
        {title && <Text size="sm">{message}</Text>}
        {known && <FieldErrors error={known} />}
        {next && <Next step={next} />}
        {known?.requestId && <RequestId id={known.requestId} />}
        {onRetry && !forbidden && (
          <Group>
            <Button variant="default" onClick={onRetry}>
              {text.errors.tryAgain}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function looksOf(error: ApiError | null) {
  if (error?.unreachable) return { color: "yellow", icon: <IconPlugConnectedX /> };
  if (error?.code === "FORBIDDEN") return { color: "gray", icon: <IconLock /> };
  return { color: "red", icon: <IconAlertCircle /> };
}

/** Those that the message does not say already. */
function FieldErrors({ error }: { error: ApiError }) {
  return error.details
    .filter(({ field, message }) => field !== "challenge" && !error.message.includes(`${field}: ${message}`))
    .map(({ field, message }) => (
      <Text size="sm" key={`${field} ${message}`}>
        <span className="mono">{field}</span>: {message}
      </Text>
    ));
}

/** A link where there are pages: not before somebody is signed in. */
function Next({ step }: { step: NextStep }) {
  const router = useRouter({ warn: false }) as unknown;
  if (!step.to) return <Text size="sm">{step.words}</Text>;
  if (!router) return null;
  return (
    <Text size="sm">
      <PageLink to={step.to} search={step.search} className="text-link">
        {step.words}
      </PageLink>
    </Text>
  );
}

function RequestId({ id }: { id: string }) {
  return (
    <details>
      <summary className="quiet">{text.common.details}</summary>
      <Text size="xs" className="quiet" title={text.errors.requestIdHelp}>
        {text.errors.requestId} <Copyable value={id} what={text.errors.requestId} />
      </Text>
    </details>
  );
}
