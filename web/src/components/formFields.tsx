import { TextInput, type TextInputProps } from "@mantine/core";
import { text } from "../text";

/** The name of a resource: the first field of its form. */
export function NameField(props: TextInputProps) {
  return (
    <TextInput label={text.common.name} autoComplete="off" spellCheck={false} data-autofocus {...props} />
  );
}

export function DescriptionField(props: TextInputProps) {
  return <TextInput label={text.common.description} {...props} />;
}
