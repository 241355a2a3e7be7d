import { useNavigate, useSearch } from "@tanstack/react-router";

/**
 * Filters and sorting of a list, kept in the address: a link shows the same list. Changing one replaces the address,
 * so that Back leaves the list.
 */
export function useFilters<Name extends string>(
  ...names: Name[]
): {
  filters: { [K in Name]: string };
  set: (change: { [K in Name]?: string }) => void;
  filtered: boolean;
  clear: () => void;
} {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const filters = Object.fromEntries(names.map((name) => [name, search[name] ?? ""])) as {
    [K in Name]: string;
  };
  const set = (change: { [K in Name]?: string }) => {
    const next = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, value || undefined]),
    );
    void navigate({ to: ".", replace: true, search: (before: object) => ({ ...before, ...next }) } as never);
  };
  return {
    filters,
    set,
    filtered: names.some((name) => name !== "sort" && filters[name] !== ""),
    clear: () =>
      set(
        Object.fromEntries(names.filter((name) => name !== "sort").map((name) => [name, ""])) as {
          [K in Name]?: string;
        },
      ),
  };
}
