import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { text } from "../text";
import { useIsAway } from "./Reachable";

/** What can be done with a row: `of` names it to a screen reader. Without `of`, what else can be done on a page. */
export function ActionsMenu({ of, children }: { of?: string; children: ReactNode }) {
  const button = of
    ? { size: "sm", "aria-label": text.common.actionsOf(of) }
    : { size: 30, variant: "default", "aria-label": text.common.more };
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon {...button} disabled={useIsAway()}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>{children}</Menu.Dropdown>
      </Menu>
      {!of && <ForTheSearch>{children}</ForTheSearch>}
    </>
  );
}

/** A closed menu has no lines; the search (Ctrl-K) presses these. Nobody sees or hears them. */
function ForTheSearch({ children }: { children: ReactNode }) {
  return (
    <Menu opened={false}>
      <div hidden data-page-actions>
        {children}
      </div>
    </Menu>
  );
}
