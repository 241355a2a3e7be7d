import { Loader, type LoaderProps } from "@mantine/core";
import { type UseQueryOptions, type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "./Failure";

/** Instead of what is not there yet: why it cannot be had, or that it is on its way. */
export function Waiting({
  for: query,
  size = "sm",
}: {
  for: UseQueryResult<unknown>;
  size?: LoaderProps["size"];
}) {
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return <Loader size={size} />;
}

/** Asks the API, and shows what it answered. `query` is made where the request is: in a slice's `requests.ts`. */
export function Loaded<Data>(props: {
  query: UseQueryOptions<Data>;
  size?: LoaderProps["size"];
  children: (data: Data) => ReactNode;
}) {
  const query = useQuery(props.query);
  return query.data === undefined ? <Waiting for={query} size={props.size} /> : props.children(query.data);
}
