import { useMemo } from "react";
import { useRemembered } from "../remembered";
import type { Width } from "../useWidth";

/** Columns that were turned on or off, by their keys; what is not among them is as the list has it. */
export type ColumnChoice = Readonly<Record<string, boolean>>;

interface Choosable {
  key: string;
  from?: Width;
  optional?: boolean;
}

type AtLeast = (wanted: Width) => boolean;

/** As it was stored; what is not a choice is none. */
export function readChoice(stored: string): ColumnChoice {
  try {
    const found: unknown = JSON.parse(stored || "{}");
    if (typeof found !== "object" || found === null || Array.isArray(found)) return {};
    return Object.fromEntries(Object.entries(found).filter(([, shown]) => typeof shown === "boolean"));
  } catch {
    return {};
  }
}

/** Of a list, as this browser keeps it. */
export function useColumnChoice(list: string): [ColumnChoice, (choice: ColumnChoice) => void] {
  const [stored, store] = useRemembered(`columns.${list}`);
  const choice = useMemo(() => readChoice(stored), [stored]);
  return [choice, (next) => store(next && Object.keys(next).length > 0 ? JSON.stringify(next) : "")];
}

/** What the list itself shows on a page of this width. */
function isUsual({ from, optional }: Choosable, atLeast: AtLeast): boolean {
  return !optional && atLeast(from ?? "any");
}

export function isShown(column: Choosable, choice: ColumnChoice, atLeast: AtLeast): boolean {
  return choice[column.key] ?? isUsual(column, atLeast);
}

/**
 * The choice with a column turned on or off. What is as the list has it is not kept: on a page of another width the list
 * decides again.
 */
export function toggled(column: Choosable, choice: ColumnChoice, atLeast: AtLeast): ColumnChoice {
  const { [column.key]: _, ...others } = choice;
  const next = !isShown(column, choice, atLeast);
  return next === isUsual(column, atLeast) ? others : { ...others, [column.key]: next };
}
