import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconDownload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { text } from "../text";
import { CommandLine } from "./Copyable";
import { saveFile } from "./saveFile";

/** What the control plane tells this once: to copy or to save before it is closed. */
export function ShownOnce(given: {
  values: { name: string; value: string }[];
  file: string;
  close: () => void;
  children?: ReactNode;
}) {
  const written = given.values
    .map(({ name, value }) => (given.values.length > 1 ? `${name}: ${value}` : value))
    .join("\n");
  return (
    <Stack gap="sm">
      <Alert variant="default" icon={<IconAlertTriangle color="var(--nimbus-warn)" />}>
        {text.common.shownOnce}
      </Alert>
      {given.values.map(({ name, value }) => (
        <div key={name}>
          <Text size="sm" fw={500}>
            {name}
          </Text>
          <CommandLine command={value} what={name} />
        </div>
      ))}
      {given.children}
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<IconDownload size={15} />}
          onClick={() => saveFile(new Blob([`${written}\n`], { type: "text/plain" }), given.file)}
        >
          {text.common.saveAsFile}
        </Button>
        <Button onClick={given.close}>{text.common.keptIt}</Button>
      </Group>
    </Stack>
  );
}
