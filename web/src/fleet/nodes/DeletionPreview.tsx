import { List, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../api/client";
import type { Node } from "../../api/types";
import { Failure } from "../../components/Failure";
import { When } from "../../components/When";
import { text } from "../../text";

/** What a deletion would end, as the control plane counts it now. */
export function DeletionPreview({ node }: { node: Node }) {
  const preview = useQuery({
    queryKey: ["node-deletion", node.id],
    queryFn: () => dataOf(api.GET("/api/v1/nodes/{node}/deletion", { params: { path: { node: node.id } } })),
  });
  const taken = preview.data;
  return (
    <Stack gap="xs">
      <Text size="sm">{text.nodes.deleteText}</Text>
      {preview.isPending && <Loader size="xs" />}
      {preview.isError && <Failure error={preview.error} />}
      {taken && (
        <>
          <Text size="sm">{text.nodes.deleteRevokes}</Text>
          <List size="sm">
            {taken.certificates.map(({ serial, not_after: ends }) => (
              <List.Item key={serial}>
                {text.nodes.deletesCertificate} <span className="mono">{serial.slice(0, 16)}</span>,{" "}
                {text.nodes.certificateEnds.toLowerCase()} <When at={ends} />
              </List.Item>
            ))}
            {taken.session_keys > 0 && <List.Item>{text.nodes.deletesKeys(taken.session_keys)}</List.Item>}
            {taken.mesh && (
              <List.Item>
                {text.nodes.deletesMesh} <span className="mono">{taken.mesh.address}</span>
              </List.Item>
            )}
            {taken.open_tasks > 0 && <List.Item>{text.nodes.deletesTasks(taken.open_tasks)}</List.Item>}
            {taken.join_tokens.length > 0 && (
              <List.Item>{text.nodes.deletesTokens(taken.join_tokens.length)}</List.Item>
            )}
          </List>
        </>
      )}
    </Stack>
  );
}
