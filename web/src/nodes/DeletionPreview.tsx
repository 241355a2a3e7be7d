import { List, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../api/client";
import type { Node } from "../api/types";
import { Failure } from "../components/Failure";
import { text } from "../text";

/** What a deletion would end, as the control plane counts it now. */
export function DeletionPreview({ node }: { node: Node }) {
  const preview = useQuery({
    queryKey: ["node-deletion", node.id],
    queryFn: () => dataOf(api.GET("/api/v1/nodes/{node}/deletion" as never, { params: { path: { node: node.id } } } as never)) as Promise<Deletion>,
  });
  return (
    <Stack gap="xs">
      <Text size="sm">{text.nodes.deleteText}</Text>
      {preview.isPending && <Loader size="xs" />}
      {preview.isError && <Failure error={preview.error} />}
      {preview.data && preview.data.contents.some(({ count }) => count > 0) && (
        <>
          <Text size="sm">{text.nodes.deleteRevokes}</Text>
          <List size="sm">
            {preview.data.contents
              .filter(({ count }) => count > 0)
              .map(({ kind, count, names }) => (
                <List.Item key={kind}>
                  {count} {kind}
                  {names.length > 0 && <span className="mono quiet"> {names.join(", ")}</span>}
                </List.Item>
              ))}
          </List>
        </>
      )}
    </Stack>
  );
}

interface Deletion {
  contents: { kind: string; count: number; names: string[] }[];
}
