import { Autocomplete, Button, Group, MultiSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queryClient } from "../../api/queries";
import type { Filters } from "../../components/collection/filters";
import { isPair } from "../../components/labelText";
import { notifyFailure } from "../../components/notify";
import { inWorkspace, useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { nodes as fleet, nodeFiltersQuery } from "../nodes";

type Address = Filters<"node" | "by" | "label" | "kind">;

/** The nodes that an order is for: by their names, or by a label. */
export interface Target {
  isLabel: boolean;
  /** `key=value`, where they are meant by label. */
  label: string;
  /** Names, where they are meant by name; else those that have the label now. */
  nodes: string[];
  count: number;
  /** The workspace that it is sent to; "": the control plane finds it out. */
  workspace: string;
  /** Those with the label are of several workspaces, which one order cannot be for. */
  isSpread: boolean;
  isWhole: boolean;
}

/** From the address; nodes with a label are asked for. */
export function useTarget({ values }: Address): Target {
  const workspace = useWorkspace();
  const isLabel = values.by === "label";
  const isAsked = isLabel && isPair(values.label);
  const found = useQuery({
    ...fleet.all({ label: values.label, approval: "approved", ...inWorkspace(workspace) }),
    enabled: isAsked,
  });
  if (!isLabel) {
    const nodes = values.node ? values.node.split(",") : [];
    return {
      isLabel,
      label: "",
      nodes,
      count: nodes.length,
      workspace,
      isSpread: false,
      isWhole: nodes.length > 0,
    };
  }
  const rows = isAsked ? (found.data?.rows ?? []) : [];
  const places = [...new Set(rows.map((node) => node.workspace))];
  return {
    isLabel,
    label: values.label,
    nodes: rows.map(({ name }) => name),
    count: isAsked ? (found.data?.meta.total ?? 0) : 0,
    workspace: workspace || (places[0] ?? ""),
    isSpread: places.length > 1,
    isWhole: rows.length > 0 && places.length === 1,
  };
}

export function TargetFields({ target, address }: { target: Target; address: Address }) {
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={text.newTask.by}
        value={target.isLabel ? "label" : "name"}
        onChange={(by) => address.set({ by: by === "label" ? by : "" })}
        data={[
          { value: "name", label: text.newTask.byName },
          { value: "label", label: text.newTask.byLabel },
        ]}
      />
      {target.isLabel ? (
        <LabelField target={target} onChange={(label) => address.set({ label })} />
      ) : (
        <NodesField nodes={target.nodes} onChange={(chosen) => address.set({ node: chosen.join(",") })} />
      )}
    </>
  );
}

const NAMED = 12;

/** A label, and which nodes have it now. */
function LabelField({ target, onChange }: { target: Target; onChange: (label: string) => void }) {
  const workspace = useWorkspace();
  const { data: known } = useQuery(nodeFiltersQuery(workspace));
  const { label, count, nodes, isSpread } = target;
  const spread = isSpread ? text.newTask.severalWorkspaces : undefined;
  const isBad = label !== "" && !isPair(label);
  return (
    <Stack gap={4}>
      <Autocomplete
        label={text.newTask.label}
        description={text.newTask.labelHelp}
        data={(known?.labels ?? []).map((each) => each.label)}
        limit={50}
        value={label}
        onChange={onChange}
        error={isBad ? text.common.labelWrong(label) : spread}
      />
      {isPair(label) && (
        <Text size="sm" role="status">
          {count === 0 ? text.newTask.noneMatches : text.newTask.matching(count)}
          {count > 0 && (
            <span className="quiet">
              {": "}
              {nodes.slice(0, NAMED).join(", ")}
              {count > NAMED && ` ${text.newTask.andMore(count - NAMED)}`}
            </span>
          )}
        </Text>
      )}
    </Stack>
  );
}

const OFFERED = 50;
/** As many as one request names. */
const MOST_ADDED = 1000;
const TYPING_MS = 150;

/** Nodes by name; those that match what is typed are asked for. */
function NodesField({ nodes, onChange }: { nodes: string[]; onChange: (nodes: string[]) => void }) {
  const workspace = useWorkspace();
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, TYPING_MS);
  const matching = useQuery({
    ...fleet.all({
      ...(settled ? { search: settled } : {}),
      ...inWorkspace(workspace),
      sort: "name",
      per_page: OFFERED,
    }),
    placeholderData: keepPreviousData,
  });
  const total = matching.data?.meta.total ?? 0;
  const addAll = async () => {
    const found = await queryClient.fetchQuery(
      fleet.all({ ...(settled ? { search: settled } : {}), ...inWorkspace(workspace) }),
    );
    onChange([...new Set([...nodes, ...found.rows.map(({ name }) => name)])]);
    setSearch("");
  };
  return (
    <Stack gap={4} align="stretch">
      <MultiSelect
        label={text.tasks.chooseNodes}
        description={text.tasks.chooseNodesHelp}
        data={[...new Set([...nodes, ...(matching.data?.rows ?? []).map(({ name }) => name)])]}
        value={nodes}
        onChange={onChange}
        searchable
        searchValue={search}
        onSearchChange={setSearch}
        filter={({ options }) => options}
        hidePickedOptions
        maxDropdownHeight={260}
      />
      {total > 1 && total <= MOST_ADDED && (
        <Group>
          <Button size="compact-xs" variant="subtle" onClick={() => void addAll().catch(notifyFailure)}>
            {settled ? text.newTask.addMatching(total) : text.newTask.addAll(total)}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
