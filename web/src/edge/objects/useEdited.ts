import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { Tagged } from "../../api/client";

interface Of<Value> {
  param: string;
  get(id: string): { queryKey: unknown[]; queryFn: () => Promise<Tagged<Value>> };
}

/** What the address names to be edited, as it was when the page was opened: what others save meanwhile does not
 * replace what was typed, and is noticed when it is saved. */
export function useEdited<Value>(of: Of<Value>) {
  const { [of.param]: id } = useParams({ strict: false }) as Record<string, string | undefined>;
  const { queryKey, queryFn } = of.get(id ?? "");
  const query = useQuery({
    queryKey: ["edited", ...queryKey],
    queryFn,
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return { isNew: id === undefined, query, edited: query.data };
}
