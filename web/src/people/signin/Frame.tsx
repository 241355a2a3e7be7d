import { Center, Paper, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { text } from "../../text/people";

/** A page outside the shell: of somebody who is not signed in, or not yet let any further. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} · ${text.common.product}`);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" radius="md" w="100%" maw={380}>
        <Stack gap="md">
          <img src="/icon.svg" alt="" width={32} height={32} />
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
