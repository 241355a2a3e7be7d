import { List, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../../api/types";
import { Failure } from "../../components/Failure";
import { text } from "../../text";
import { perKind } from "./contents";

/** What would go with an organization or a workspace, as the control plane counts it now. */
export function Contents({ of, count }: { of: string; count: () => Promise<Schema<"Deletion">> }) {
  const { data, error, isPending } = useQuery({
    queryKey: ["organizations", "deletion", of],
    queryFn: count,
    gcTime: 0,
  });
  return (
    <Stack gap="xs">
      <Text size="sm">{text.organizations.deleteText}</Text>
      {isPending && <Loader size="xs" />}
      {error && <Failure error={error} />}
      {data?.contents.length === 0 && (
        <Text size="sm" className="quiet">
          {text.organizations.deleteEmpty}
        </Text>
      )}
      {data && data.contents.length > 0 && (
        <>
          <Text size="sm" fw={500}>
            {text.organizations.deleteContents}
          </Text>
          <List size="sm">
            {perKind(data.contents).map(({ kind, count: total, names }) => (
              <List.Item key={kind}>
                {total} {kind}
                {/* A grant has no name of its own. */}
                {kind !== "grants" && <span className="mono quiet"> {names.join(", ")}</span>}
                {kind !== "grants" && total > names.length && (
                  <span className="quiet"> {text.organizations.more(total - names.length)}</span>
                )}
              </List.Item>
            ))}
          </List>
        </>
      )}
    </Stack>
  );
}
