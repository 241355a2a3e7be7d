import { Button, type ButtonProps, Menu } from "@mantine/core";
import { modals } from "@mantine/modals";
import { createContext, type ReactNode } from "react";
import { text } from "../text";

/** What is in a dialog; it is given what closes the dialog. */
type Content = (close: () => void) => ReactNode;

/** Closes the dialog that it is used in; null outside of one. */
export const CloseDialog = createContext<(() => void) | null>(null);

interface Options {
  size?: "md" | "lg" | "xl";
  /** Not in a dialog with fields, or with what is shown once: a click beside it must not lose them. */
  closeOnClickOutside?: boolean;
  /** However it is closed. */
  onClose?: () => void;
}

/** Opens a dialog over the page. */
export function dialog(
  title: string,
  content: Content,
  { size = "md", closeOnClickOutside = false, onClose }: Options = {},
) {
  const close = () => modals.close(id);
  // A line of a menu is gone when the dialog closes: the focus goes back to the button of the menu.
  const menuButton = document.activeElement?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  const id = modals.open({
    title,
    onClose: () => {
      onClose?.();
      if (menuButton) setTimeout(() => focusIfLost(menuButton), RETURN_MS);
    },
    size,
    closeOnClickOutside,
    closeButtonProps: { "aria-label": text.common.close },
    children: <CloseDialog value={close}>{content(close)}</CloseDialog>,
  });
}

/** After the dialog's own attempt. */
const RETURN_MS = 250;

function focusIfLost(id: string) {
  if (document.activeElement === document.body) document.getElementById(id)?.focus();
}

interface Opener {
  label: string;
  /** Of the dialog; absent: the label. */
  title?: string;
  size?: Options["size"];
  children: Content;
}

/** A button that opens a dialog. */
export function DialogButton({
  label,
  title = label,
  size,
  children,
  ...button
}: Opener & Omit<ButtonProps, "size" | "children">) {
  return (
    <Button
      variant="default"
      aria-haspopup="dialog"
      {...button}
      onClick={() => dialog(title, children, { size })}
    >
      {label}
    </Button>
  );
}

/** The same as a line of a menu. */
export function DialogItem({ label, title = label, size, children }: Opener) {
  return (
    <Menu.Item aria-haspopup="dialog" onClick={() => dialog(title, children, { size })}>
      {label}
    </Menu.Item>
  );
}
