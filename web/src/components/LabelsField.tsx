import { TextInput, type TextInputProps } from "@mantine/core";
import { text } from "../text";
import { parseLabels } from "./labelText";

/** Labels as "key=value", by commas; names the first word that is none. */
export function LabelsField({ value, ...field }: { value: string } & Omit<TextInputProps, "value">) {
  const [wrong] = parseLabels(value).wrong;
  return (
    <TextInput
      label={text.common.labels}
      description={text.common.labelsHelp}
      {...field}
      value={value}
      error={wrong && text.common.labelWrong(wrong)}
    />
  );
}
