import { Pill } from "@mantine/core";
import { text } from "../../text";
import type { Filters } from "./filters";

interface FilterChipsProps<Name extends string> {
  filters: Filters<Name>;
  /** The filters that are set by a click on a cell, and what each is called. */
  names: Partial<Record<Name, string>>;
}

/** Filters that have no field of their own, to see and to take off. */
export function FilterChips<Name extends string>({ filters, names }: FilterChipsProps<Name>) {
  return (Object.entries(names) as [Name, string][])
    .filter(([name]) => filters.values[name])
    .map(([name, label]) => (
      <Pill
        key={name}
        size="sm"
        withRemoveButton
        removeButtonProps={{
          "aria-label": text.table.removeFilter(label),
          "aria-hidden": false,
          tabIndex: 0,
        }}
        onRemove={() => filters.set({ [name]: "" } as Partial<Record<Name, string>>)}
      >
        {`${label}: ${filters.values[name]}`}
      </Pill>
    ));
}
