import { useQuery } from "@tanstack/react-query";
import { asWords } from "../../components/asWords";
import type { Filters } from "../../components/collection/filters";
import { FilterSelect } from "../../components/collection/Toolbar";
import { text } from "../../text/fleet";
import { kindsQuery } from "./requests";

/** Narrows a list to one kind of task. */
export function KindFilter<Name extends string>({ filters }: { filters: Filters<Name | "kind"> }) {
  const kinds = useQuery(kindsQuery);
  return (
    <FilterSelect
      filters={filters}
      name="kind"
      label={text.tasks.kind}
      any={text.tasks.anyKind}
      width={170}
      data={(kinds.data ?? []).map(({ name }) => ({ value: name, label: asWords(name) }))}
    />
  );
}
