import { TagsInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { text } from "../../text";
import { isPair, pairsOf, suggestedLabels } from "../labelText";
import type { Filters } from "./filters";

const SUGGESTED = 12;
const SPLITS = [",", " "];
const ENDS = [...SPLITS, "Enter"];

/**
 * A filter by labels, all of which must be there: it takes effect with each complete `key=value`. Labels of rows that
 * were loaded are suggested. `list`: the name of the collection; `known`: all labels that there are, where that is known.
 */
export function LabelFilter(props: { filters: Filters<"label">; list: string; known?: string[] }) {
  const { filters, list, known } = props;
  const cache = useQueryClient();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState("");
  const [suggestions, setSuggestions] = useState<string[]>([]);
  const chosen = pairsOf(filters.values.label);
  // What is not whole yet stays in the field, and says what is missing; a suggestion that is chosen is whole.
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const word = typed.trim();
    if (!ENDS.includes(event.key) || word === "" || isPair(word)) return;
    if (event.key === "Enter" && event.currentTarget.getAttribute("aria-activedescendant")) return;
    event.preventDefault();
    setWrong(word);
  };
  return (
    <TagsInput
      size="xs"
      miw={180}
      maw={420}
      aria-label={text.table.labelFilter}
      placeholder={chosen.length === 0 ? text.common.labelFilter : undefined}
      data={known ?? suggestions}
      limit={SUGGESTED}
      value={chosen}
      onChange={(words) => filters.set({ label: words.filter(isPair).join(",") })}
      onKeyDown={onKeyDown}
      searchValue={typed}
      onSearchChange={(words) => {
        setTyped(words);
        setWrong("");
      }}
      onFocus={() => setSuggestions(suggestedLabels(cache.getQueriesData({ queryKey: [list] })))}
      onBlur={() => setWrong("")}
      acceptValueOnBlur={isPair(typed)}
      splitChars={SPLITS}
      error={wrong ? text.common.labelWrong(wrong) : undefined}
      clearable
    />
  );
}
