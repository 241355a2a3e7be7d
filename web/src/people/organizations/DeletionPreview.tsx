import { List, Stack, Text } from "@mantine/core";
import type { UseQueryOptions } from "@tanstack/react-query";
import type { Schema } from "../../api/types";
import { Loaded } from "../../components/Loaded";
import { text } from "../../text/people";

type Deletion = Schema<"Deletion">;

/** What would go with an organization or a workspace, as the control plane counts it now. */
export function DeletionPreview({ query }: { query: UseQueryOptions<Deletion> }) {
  return (
    <Stack gap="xs">
      <Text size="sm">{text.organizations.deleteText}</Text>
      <Loaded query={{ ...query, gcTime: 0 }} size="xs">
        {({ contents }) => <Contents contents={contents} />}
      </Loaded>
    </Stack>
  );
}

function Contents({ contents }: { contents: Deletion["contents"] }) {
  if (contents.length === 0) {
    return (
      <Text size="sm" className="quiet">
        {text.organizations.deleteEmpty}
      </Text>
    );
  }
  return (
    <>
      <Text size="sm" fw={500}>
        {text.organizations.deleteContents}
      </Text>
      <List size="sm">
        {contents.map(({ kind, count, names }) => (
          <List.Item key={kind}>
            {text.organizations.inside(count, kind)}
            {/* A grant has no name of its own. */}
            {kind !== "grants" && <span className="mono quiet"> {names.join(", ")}</span>}
            {kind !== "grants" && count > names.length && (
              <span className="quiet"> {text.organizations.more(count - names.length)}</span>
            )}
          </List.Item>
        ))}
      </List>
    </>
  );
}
