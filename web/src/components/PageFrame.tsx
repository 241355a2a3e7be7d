import { Group, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { text } from "../text";
import classes from "./PageFrame.module.css";

/** What every page begins with: its name (also the document's), beside it what can be done. */
export function PageFrame(given: {
  title: string;
  shownTitle?: ReactNode;
  above?: ReactNode;
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useDocumentTitle(`${given.title} · ${text.common.product}`);
  return (
    <Stack gap="md" className={classes.frame}>
      <div>
        {given.above}
        <Group justify="space-between" gap="sm" align="center">
          <Group gap="sm" className={classes.title}>
            <Title order={1} className="truncate">
              {given.shownTitle ?? given.title}
            </Title>
            {given.beside}
          </Group>
          {given.actions && <Group gap="xs">{given.actions}</Group>}
        </Group>
      </div>
      {given.children}
    </Stack>
  );
}

/** A titled part of a page. */
export function Panel(given: { title?: ReactNode; aside?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className={classes.panel}>
      {given.title && (
        <Group justify="space-between" className={classes.panelHead} gap="xs">
          <Title order={2}>{given.title}</Title>
          {given.aside}
        </Group>
      )}
      <div className={given.flush ? undefined : classes.panelBody}>{given.children}</div>
    </section>
  );
}
