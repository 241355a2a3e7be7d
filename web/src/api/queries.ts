import { QueryClient } from "@tanstack/react-query";
import { isApiError } from "./errors";

/**
 * What the API answered, under keys whose first part is the name of the collection. It stays true until an event says
 * otherwise: nothing is asked for again because of its age or because the window has the focus.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      // While nobody answers the stream tries again, and brings everything up to date once it is back.
      retry: (failures, error) => isApiError(error) && error.unreachable && failures < 2,
    },
  },
});

/**
 * Waits for a change, then has what is shown of the collection asked for again. Nobody waits for that: the answer may
 * hold what is shown once.
 */
export async function refreshAfter<T>(collection: string, change: Promise<T>): Promise<T> {
  const answer = await change;
  void queryClient.invalidateQueries({ queryKey: [collection] });
  return answer;
}
