import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconPlugConnectedX } from "@tabler/icons-react";
import { isApiError } from "../api/errors";
import { text } from "../text";
import { Copyable } from "./Copyable";

/** An error for the reader: what failed, what to do next, and the request to ask about. */
export function Failure({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const known = isApiError(error) ? error : null;
  const message = known?.message ?? (error instanceof Error ? error.message : String(error));
  const next = known?.unreachable ? text.errors.unreachableNext : known?.nextStep;
  const Picture = known?.unreachable ? IconPlugConnectedX : IconAlertCircle;
  return (
    <Alert
      color={known?.unreachable ? "yellow" : "red"}
      icon={<Picture />}
      title={title ?? message}
      role="alert"
    >
      <Stack gap="xs">
        {title && <Text size="sm">{message}</Text>}
        {known?.details.map(({ field, message: detail }) => (
          <Text size="sm" key={field}>
            <span className="mono">{field}</span>: {detail}
          </Text>
        ))}
        {next && <Text size="sm">{next}</Text>}
        {known?.requestId && (
          <Text size="xs" className="quiet" title={text.errors.requestIdHelp}>
            {text.errors.requestId} <Copyable value={known.requestId} what={text.errors.requestId} />
          </Text>
        )}
        {onRetry && (
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
