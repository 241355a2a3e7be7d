import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconDownload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { text } from "../text";
import { CommandLine } from "./Copyable";
import { saveFile } from "./saveFile";

/** What the control plane does not show again: to copy, or to save, before it is closed. */
export function ShownOnce(props: {
  values: { name: string; value: string }[];
  file: string;
  close: () => void;
  children?: ReactNode;
}) {
  const content = props.values
    .map(({ name, value }) => (props.values.length > 1 ? `${name}: ${value}` : value))
    .join("\n");
  return (
    <Stack gap="sm">
      <Alert variant="default" icon={<IconAlertTriangle color="var(--nimbus-warn)" />}>
        {text.common.shownOnce}
      </Alert>
      {props.values.map(({ name, value }) => (
        <div key={name}>
          <Text size="sm" fw={500}>
            {name}
          </Text>
          <CommandLine command={value} what={name} />
        </div>
      ))}
      {props.children}
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<IconDownload size={15} />}
          onClick={() => saveFile(new Blob([`${content}\n`], { type: "text/plain" }), props.file)}
        >
          {text.common.saveAsFile}
        </Button>
        <Button onClick={props.close}>{text.common.keptIt}</Button>
      </Group>
    </Stack>
  );
}
