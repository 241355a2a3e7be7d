import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Where a list would be: why there is none, and what to do. */
export function Empty(props: { title?: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      {props.title && <Title order={2}>{props.title}</Title>}
      {props.children && (
        <Text size="sm" className="quiet" maw="32rem">
          {props.children}
        </Text>
      )}
      {props.action}
    </Stack>
  );
}
