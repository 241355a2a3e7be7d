import { Button, type ButtonProps, Menu } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { ReactNode } from "react";
import { text } from "../text";

/** What is in a dialog; it is given what closes the dialog. */
type Content = (close: () => void) => ReactNode;

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
  const id = modals.open({
    title,
    size,
    closeOnClickOutside,
    closeButtonProps: { "aria-label": text.common.close },
    children: content(() => modals.close(id)),
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
