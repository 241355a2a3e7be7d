import { Button, CloseButton, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { text } from "../text";
import classes from "./Toolbar.module.css";

/** Above a list: its filters, or, when rows are chosen, what can be done with them. */
export function Toolbar(given: {
  children: ReactNode;
  filtered: boolean;
  onClear: () => void;
  chosen?: number;
  actions?: ReactNode;
  onUnchoose?: () => void;
  aside?: ReactNode;
}) {
  return (
    <div className={classes.toolbar}>
      {given.chosen ? (
        <Group gap="xs" role="toolbar" aria-label={text.common.actions}>
          <CloseButton size="sm" aria-label={text.common.clear} onClick={given.onUnchoose} />
          <Text size="sm" fw={500}>
            {text.common.selected(given.chosen)}
          </Text>
          {given.actions}
        </Group>
      ) : (
        <Group gap="xs" role="search">
          {given.children}
          {given.filtered && (
            <Button variant="subtle" color="gray" onClick={given.onClear}>
              {text.common.clearFilters}
            </Button>
          )}
          {given.aside && <span className={`quiet ${classes.aside}`}>{given.aside}</span>}
        </Group>
      )}
    </div>
  );
}

const QUIET_MS = 200;

/** A filter by words; asked for when the typing pauses. */
export function SearchField(given: {
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
}) {
  const [written, setWritten] = useState(given.value);
  useEffect(() => setWritten(given.value), [given.value]);
  const ask = useDebouncedCallback(given.onChange, QUIET_MS);
  return (
    <TextInput
      type="search"
      size="xs"
      className={classes.search}
      aria-label={given.placeholder}
      placeholder={given.placeholder}
      leftSection={<IconSearch size={14} aria-hidden />}
      value={written}
      onChange={(event) => {
        setWritten(event.currentTarget.value);
        ask(event.currentTarget.value);
      }}
    />
  );
}
