import { useMemo } from "react";
import { useWhoAmI } from "../../access/useAccess";
import { useRemembered } from "../remembered";
import { type ColumnChoice, readChoice } from "./columnChoice";

/** What a list is narrowed to and sorted by, as its address has it, and its columns, under a name. */
export interface SavedView {
  name: string;
  search: Readonly<Record<string, string>>;
  columns: ColumnChoice;
}

/** The workspace belongs to the whole page, the others to what is open in it. */
const NOT_OF_VIEWS = new Set(["workspace", "tab", "row"]);
const MOST = 50;

/** As they were stored; what is no view is left out. */
export function readViews(stored: string): SavedView[] {
  try {
    const found: unknown = JSON.parse(stored || "[]");
    return Array.isArray(found) ? found.flatMap((value) => viewOf(value) ?? []) : [];
  } catch {
    return [];
  }
}

function viewOf(value: unknown): SavedView | null {
  const { name, search, columns } = (value ?? {}) as Partial<Record<keyof SavedView, unknown>>;
  if (typeof name !== "string" || name === "") return null;
  return { name, search: searchOf(search), columns: readChoice(JSON.stringify(columns ?? {})) };
}

/** The part of an address that a view keeps. */
export function searchOf(search: unknown): Record<string, string> {
  const entries = Object.entries(typeof search === "object" && search !== null ? search : {});
  return Object.fromEntries(
    entries.filter(([name, value]) => typeof value === "string" && value !== "" && !NOT_OF_VIEWS.has(name)),
  );
}

/** With this view, in the place of the one that had its name. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  return [...views.filter(({ name }) => name !== view.name), view]
    .sort((one, other) => one.name.localeCompare(other.name))
    .slice(0, MOST);
}

/** Whether the list is as the view has it. */
export function isView(view: SavedView, search: unknown, columns: ColumnChoice): boolean {
  return sameWords(view.search, searchOf(search)) && sameWords(view.columns, columns);
}

function sameWords(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/** Those of a list that the person has saved in this browser. */
export function useSavedViews(list: string): [SavedView[], (views: SavedView[]) => void] {
  const { name } = useWhoAmI();
  const [stored, store] = useRemembered(`views.${name}.${list}`);
  const views = useMemo(() => readViews(stored), [stored]);
  return [views, (next) => store(JSON.stringify(next))];
}
