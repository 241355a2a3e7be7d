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
}

/** Opens a dialog over the page. */
export function dialog(
  title: string,
  content: Content,
  { size = "md", closeOnClickOutside = false }: Options = {},
) {
  const close = () => modals.close(id);
  const id = modals.open({
    title,
    size,
    closeOnClickOutside,
    closeButtonProps: { "aria-label": text.common.close },
    children: <CloseDialog value={close}>{content(close)}</CloseDialog>,
  });
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
    <Button variant="default" {...button} onClick={() => dialog(title, children, { size })}>
      {label}
    </Button>
  );
}

/** The same as a line of a menu. */
export function DialogItem({ label, title = label, size, children }: Opener) {
  return <Menu.Item onClick={() => dialog(title, children, { size })}>{label}</Menu.Item>;
}
