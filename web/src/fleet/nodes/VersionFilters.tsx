import type { Schema } from "../../api/types";
import type { Filters } from "../../components/collection/filters";
import { FilterSelect } from "../../components/collection/Toolbar";
import { text } from "../../text/fleet";

/** Instead of a version: all that are older than the control plane. */
export const OUTDATED = "outdated";

interface Props<Name extends string> {
  filters: Filters<Name | "version" | "os">;
  /** Undefined while it is loading. */
  known: Schema<"NodeFilters"> | undefined;
}

/** Narrows the list to a version of the agent, and to an operating system. */
export function VersionFilters<Name extends string>({ filters, known }: Props<Name>) {
  const { version, os } = filters.values;
  const older = (known?.versions ?? []).filter(({ outdated }) => outdated);
  const outdated = older.reduce((sum, { nodes }) => sum + nodes, 0);
  const versions = [
    ...(outdated > 0 || version === OUTDATED
      ? [{ value: OUTDATED, label: text.versions.outdated(outdated) }]
      : []),
    ...(known?.versions ?? []).map(({ version: word, nodes }) => choice(word, nodes)),
  ];
  const systems = (known?.systems ?? []).map(({ os: word, nodes }) => choice(word, nodes));
  return (
    <>
      <FilterSelect
        filters={filters}
        name="version"
        label={text.nodes.agentVersion}
        any={text.versions.any}
        width={140}
        data={withChosen(versions, version)}
        searchable
      />
      <FilterSelect
        filters={filters}
        name="os"
        label={text.nodes.os}
        any={text.versions.anySystem}
        width={170}
        data={withChosen(systems, os)}
        searchable
      />
    </>
  );
}

function choice(word: string, nodes: number) {
  return { value: word, label: text.versions.count(word, nodes) };
}

/** With what the address names, also where no node has it just now. */
function withChosen(choices: { value: string; label: string }[], chosen: string) {
  const isKnown = chosen === "" || choices.some(({ value }) => value === chosen);
  return isKnown ? choices : [...choices, { value: chosen, label: chosen }];
}
