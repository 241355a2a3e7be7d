import { Group, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTitle } from "./controlPlane";
import classes from "./PageFrame.module.css";
import { Reachable } from "./Reachable";

/** What every page begins with: its name (also the document's), beside it what can be done. */
export function PageFrame(props: {
  title: string;
  shownTitle?: ReactNode;
  above?: ReactNode;
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useTitle(props.title);
  return (
    <Stack gap="md" className={classes.frame}>
      <div>
        {props.above}
        <Group justify="space-between" gap="sm" align="center">
          <Group gap="sm" className={classes.title}>
            <Title order={1} className="truncate">
              {props.shownTitle ?? props.title}
            </Title>
            {props.beside}
          </Group>
          {props.actions && (
            <Group gap="xs" data-page-actions>
              <Reachable>{props.actions}</Reachable>
            </Group>
          )}
        </Group>
      </div>
      {props.children}
    </Stack>
  );
}

/** A titled part of a page. */
export function Panel(props: { title?: ReactNode; aside?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className={classes.panel}>
      {props.title && (
        <Group justify="space-between" className={classes.panelHead} gap="xs">
          <Title order={2}>{props.title}</Title>
          <Reachable>{props.aside}</Reachable>
        </Group>
      )}
      <div className={props.flush ? undefined : classes.panelBody}>{props.children}</div>
    </section>
  );
}
