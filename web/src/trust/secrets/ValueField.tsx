import { Button, FileButton, Group, Text, Textarea } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { Schema } from "../../api/types";
import { bytes } from "../../components/quantity";
import { text } from "../../text";

export type GivenValue = Pick<Schema<"NewSecretValue">, "value" | "encoding"> & {
  file?: { name: string; size: number };
};

export const NO_VALUE: GivenValue = { value: "", encoding: "text" };

async function ofFile(file: File): Promise<GivenValue> {
  const content = new Uint8Array(await file.arrayBuffer());
  const value = btoa(Array.from(content, (byte) => String.fromCharCode(byte)).join(""));
  return { value, encoding: "base64", file: { name: file.name, size: file.size } };
}

/** A value to type, or a file that is taken byte for byte. */
export function ValueField({
  value,
  onChange,
}: {
  value: GivenValue;
  onChange: (value: GivenValue) => void;
}) {
  if (value.file) {
    return (
      <Group gap="xs">
        <Text size="sm">{text.secrets.fileChosen(value.file.name, bytes(value.file.size))}</Text>
        <Button variant="default" leftSection={<IconX size={14} />} onClick={() => onChange(NO_VALUE)}>
          {text.common.clear}
        </Button>
      </Group>
    );
  }
  return (
    <div>
      <Textarea
        label={text.secrets.value}
        description={text.secrets.valueHelp}
        value={value.value}
        autosize
        minRows={2}
        maxRows={10}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: "mono" }}
        onChange={(event) => onChange({ value: event.currentTarget.value, encoding: "text" })}
      />
      <FileButton onChange={(file) => file && void ofFile(file).then(onChange)}>
        {(props) => (
          <Button mt={6} variant="default" {...props}>
            {text.secrets.fromFile}
          </Button>
        )}
      </FileButton>
    </div>
  );
}
