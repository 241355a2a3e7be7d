import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Where a list would be: why there is none, and what to do. */
export function Empty(given: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <Title order={2}>{given.title}</Title>
      {given.children && (
        <Text size="sm" className="quiet" maw="32rem">
          {given.children}
        </Text>
      )}
      {given.action}
    </Stack>
  );
}
