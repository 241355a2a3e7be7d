import { Button, FileButton, Group, Text, Textarea } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { bytes } from "../../components/quantity";
import { text } from "../../text/trust";
import { NO_VALUE, type TypedValue, valueOfFile } from "./secretValue";

interface ValueFieldProps {
  value: TypedValue;
  onChange: (value: TypedValue) => void;
}

/** The value of a secret: typed, or the content of a file. */
export function ValueField({ value, onChange }: ValueFieldProps) {
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
      <FileButton onChange={(file) => file && void valueOfFile(file).then(onChange)}>
        {(props) => (
          <Button mt={6} variant="default" {...props}>
            {text.secrets.fromFile}
          </Button>
        )}
      </FileButton>
    </div>
  );
}
