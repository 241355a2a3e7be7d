import { Center, Group, Paper, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { ControlPlaneLine, ControlPlaneName, useTitle } from "../../components/controlPlane";

/** A page outside the shell: of somebody who is not signed in, or not yet let any further. */
export function Frame({ title, wide, children }: { title: string; wide?: boolean; children: ReactNode }) {
  useTitle(title);
  return (
    <Center mih="100dvh" p="md" component="main">
      <ControlPlaneLine />
      <Paper withBorder p="xl" radius="md" w="100%" maw={wide ? 520 : 380}>
        <Stack gap="md">
          <Group gap="sm">
            <img src="/icon.svg" alt="" width={32} height={32} />
            <ControlPlaneName />
          </Group>
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
