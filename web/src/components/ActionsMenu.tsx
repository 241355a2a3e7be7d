import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { text } from "../text";
import { useIsAway } from "./Reachable";

/**
 * What can be done with a row: `of` names it to a screen reader. Without `of`, what else can be done on a page: that
 * is also there while the menu is closed, for the search.
 */
export function ActionsMenu({ of, children }: { of?: string; children: ReactNode }) {
  const button = of
    ? { size: "sm", "aria-label": text.common.actionsOf(of) }
    : { size: 30, variant: "default", "aria-label": text.common.more };
  return (
    <Menu position="bottom-end" withinPortal keepMounted={!of}>
      <Menu.Target>
        <ActionIcon {...button} disabled={useIsAway()}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown data-page-actions={!of || undefined}>{children}</Menu.Dropdown>
    </Menu>
  );
}
