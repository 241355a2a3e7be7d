import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Filters } from "../../components/collection/filters";
import { inWorkspace, useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { nodes } from "../nodes";

const OFFERED = 50;
const TYPING_MS = 150;

/** Narrows a list to one node; nodes that match what is typed are asked for. */
export function NodeFilter<Name extends string>({ filters }: { filters: Filters<Name | "node"> }) {
  const workspace = useWorkspace();
  const chosen: string = filters.values.node;
  const [typed, setTyped] = useState(chosen);
  const [isOpen, setOpen] = useState(false);
  const [settled] = useDebouncedValue(typed === chosen ? "" : typed, TYPING_MS);
  const matching = useQuery({
    ...nodes.all({
      ...(settled ? { search: settled } : {}),
      ...inWorkspace(workspace),
      sort: "name",
      per_page: OFFERED,
    }),
    enabled: isOpen,
    placeholderData: keepPreviousData,
  });
  const names = new Set([
    ...(chosen ? [chosen] : []),
    ...(matching.data?.rows ?? []).map(({ name }) => name),
  ]);
  return (
    <Select
      size="xs"
      w={150}
      aria-label={text.tasks.node}
      placeholder={text.bulkTasks.anyNode}
      clearable
      searchable
      data={[...names]}
      filter={({ options }) => options}
      value={chosen || null}
      searchValue={typed}
      onSearchChange={setTyped}
      onDropdownOpen={() => setOpen(true)}
      onChange={(name) => filters.set({ node: name ?? "" } as Partial<Record<Name | "node", string>>)}
    />
  );
}
