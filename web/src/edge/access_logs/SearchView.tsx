import { Button, Group, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Empty } from "../../components/Empty";
import { Waiting } from "../../components/Loaded";
import { text } from "../../text/edge";
import { LogTable } from "./LogTable";
import { type LogFilter, searchQuery } from "./requests";

const words = text.accessLogs;

/** Requests that match, newest first, and older ones when they are asked for. */
export function SearchView({ filter, range }: { filter: LogFilter; range: string }) {
  const query = useInfiniteQuery(searchQuery(filter, range));
  if (query.data === undefined)
    return (
      <div className="panel-list">
        <Waiting for={query} />
      </div>
    );
  const entries = query.data.pages.flatMap((page) => page.entries);
  return (
    <>
      {entries.length === 0 && !query.hasNextPage ? (
        <Empty title={words.emptyTitle}>{words.emptyText}</Empty>
      ) : (
        <LogTable entries={entries} />
      )}
      <Group p="xs">
        {query.hasNextPage && (
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {words.older}
          </Button>
        )}
        <Button
          variant="default"
          loading={query.isFetching && !query.isFetchingNextPage}
          onClick={() => void query.refetch()}
        >
          {words.refresh}
        </Button>
        {query.hasNextPage && entries.length === 0 && (
          <Text size="sm" className="quiet">
            {words.lookingOn}
          </Text>
        )}
      </Group>
    </>
  );
}
