import { useNavigate, useSearch } from "@tanstack/react-router";

/** What a list is narrowed to and sorted by. */
export interface Filters<Name extends string = string> {
  values: Record<Name, string>;
  set(change: Partial<Record<Name, string>>): void;
  /** Whether any narrows the list; sorting does not. */
  active: boolean;
  clear(): void;
}

/**
 * Filters of these names, kept in the address, so that a link shows the same list. A change replaces the address: Back
 * leaves the list.
 */
export function useFilters<Name extends string>(...names: Name[]): Filters<Name> {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const narrowing = names.filter((name) => name !== "sort");
  const set = (change: Partial<Record<Name, string>>) => {
    const words = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, value || undefined]),
    );
    void navigate({ to: ".", replace: true, search: (before: object) => ({ ...before, ...words }) } as never);
  };
  return {
    values: recordOf(names, (name) => search[name] ?? ""),
    set,
    active: narrowing.some((name) => search[name]),
    clear: () => set(recordOf(narrowing, () => "")),
  };
}

function recordOf<Name extends string>(
  names: readonly Name[],
  wordOf: (name: Name) => string,
): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, wordOf(name)])) as Record<Name, string>;
}
