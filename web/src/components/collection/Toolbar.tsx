import { Button, CloseButton, type ComboboxData, Group, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilter, IconSearch } from "@tabler/icons-react";
import { Children, type ReactNode, useEffect, useState } from "react";
import { text } from "../../text";
import { OnlyWorkspace } from "../OnlyWorkspace";
import { Reachable } from "../Reachable";
import { useWidth } from "../useWidth";
import type { Filters } from "./filters";
import classes from "./Toolbar.module.css";

interface ToolbarProps {
  filters: Pick<Filters, "active" | "clear">;
  /** Rows that are chosen, if any: then the toolbar offers what can be done with them instead of the filters. */
  selection?: {
    count: number;
    /** How many match the filters. */
    total: number;
    /** Chooses all that match. */
    all: () => Promise<void>;
    actions: ReactNode;
    clear: () => void;
  };
  aside?: ReactNode;
  children: ReactNode;
}

/** Above a list: its filters, or what can be done with the rows that are chosen. */
export function Toolbar({ filters, selection, aside, children }: ToolbarProps) {
  return (
    <div className={classes.toolbar}>
      {selection && selection.count > 0 ? (
        <Group gap="xs" role="toolbar" aria-label={text.common.actions} data-page-actions>
          <CloseButton size="sm" aria-label={text.common.clear} onClick={selection.clear} />
          <Text size="sm" fw={500}>
            {selection.count < selection.total
              ? text.table.selectedOf(selection.count, selection.total)
              : text.common.selected(selection.count)}
          </Text>
          {selection.count < selection.total && (
            <Button variant="subtle" onClick={() => void selection.all()}>
              {text.table.selectAll(selection.total)}
            </Button>
          )}
          <Reachable>{selection.actions}</Reachable>
        </Group>
      ) : (
        <Group gap="xs" role="search">
          <OnlyWorkspace />
          <FoldedFilters>{children}</FoldedFilters>
          {filters.active && (
            <Button variant="subtle" color="gray" onClick={filters.clear}>
              {text.common.clearFilters}
            </Button>
          )}
          {aside && <span className={`quiet ${classes.aside}`}>{aside}</span>}
        </Group>
      )}
    </div>
  );
}

/** On a narrow page the first alone, and a button for the others: these stay, so that nothing that is open or has the
 * focus is lost with a change of width. */
function FoldedFilters({ children }: { children: ReactNode }) {
  const { atLeast } = useWidth();
  const [isOpen, setOpen] = useState(false);
  const all = Children.toArray(children);
  if (all.length < 3) return children;
  const narrow = !atLeast("sm");
  return (
    <>
      {all[0]}
      {narrow && (
        <Button
          variant="default"
          leftSection={<IconFilter size={14} aria-hidden />}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {text.table.filters}
        </Button>
      )}
      <div className={narrow && !isOpen ? classes.folded : classes.unfolded}>{all.slice(1)}</div>
    </>
  );
}

interface FilterSelectProps<Name extends string> {
  filters: Filters<Name>;
  name: Name;
  label: string;
  /** What is shown while nothing is chosen; absent: one of `data` always is. */
  any?: string;
  data: ComboboxData;
  width: number;
  searchable?: boolean;
  /** The most choices that are shown at once. */
  limit?: number;
}

/** A filter with values to choose from. */
export function FilterSelect<Name extends string>(props: FilterSelectProps<Name>) {
  const { filters, name, label, any, data, width, searchable, limit } = props;
  const value = filters.values[name];
  return (
    <Select
      size="xs"
      w={width}
      aria-label={label}
      placeholder={any}
      clearable={any !== undefined}
      allowDeselect={any !== undefined}
      searchable={searchable}
      limit={limit}
      data={data}
      value={any === undefined ? value : value || null}
      onChange={(chosen) => filters.set({ [name]: chosen ?? "" } as Partial<Record<Name, string>>)}
    />
  );
}

const TYPING_MS = 200;

interface SearchFieldProps {
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
}

/** A filter by words, which takes effect when the typing pauses. */
export function SearchField({ value, onChange, placeholder }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const changeLater = useDebouncedCallback(onChange, TYPING_MS);
  return (
    <TextInput
      type="search"
      size="xs"
      className={classes.search}
      aria-label={placeholder}
      placeholder={placeholder}
      leftSection={<IconSearch size={14} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        changeLater(event.currentTarget.value);
      }}
    />
  );
}
