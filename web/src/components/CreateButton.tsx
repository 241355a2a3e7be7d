import { IconPlus } from "@tabler/icons-react";
import type { ComponentProps } from "react";
import { DialogButton } from "./dialog";

/** Opens the form for a new one. */
export function CreateButton(props: ComponentProps<typeof DialogButton>) {
  return <DialogButton variant="filled" leftSection={<IconPlus size={15} />} data-create {...props} />;
}
