import { Fieldset, Group } from "@mantine/core";
import type { ReactNode } from "react";

/** One of several of a kind in a form. */
export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Fieldset
      legend={
        <Group gap="xs" component="span">
          {title}
          {aside}
        </Group>
      }
    >
      {children}
    </Fieldset>
  );
}
