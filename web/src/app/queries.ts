import { QueryClient } from "@tanstack/react-query";
import { isApiError } from "../api/errors";

/** What is shown stays true until an event says otherwise; so nothing is asked for again by age or focus. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // While nobody answers the stream tries again, and brings everything up to date once it is back.
        retry: (failures, error) => isApiError(error) && error.unreachable && failures < 2,
      },
    },
  });
}
