import { List, Stack, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { deletionQuery, type Node } from "./requests";

/** What would end with a node. */
export function DeletionPreview({ node }: { node: Node }) {
  return (
    <Stack gap="xs">
      <Text size="sm">{text.nodes.deleteText}</Text>
      <Loaded query={deletionQuery(node.id)} size="xs">
        {(preview) => (
          <>
            <Text size="sm">{text.nodes.deleteRevokes}</Text>
            <List size="sm">
              {preview.certificates.map(({ serial, not_after: ends }) => (
                <List.Item key={serial}>
                  {text.nodes.deletesCertificate} <span className="mono">{serial.slice(0, 16)}</span>,{" "}
                  {text.nodes.certificateEnds.toLowerCase()} <When at={ends} />
                </List.Item>
              ))}
              {preview.session_keys > 0 && (
                <List.Item>{text.nodes.deletesKeys(preview.session_keys)}</List.Item>
              )}
              {preview.mesh && (
                <List.Item>
                  {text.nodes.deletesMesh} <span className="mono">{preview.mesh.address}</span>
                </List.Item>
              )}
              {preview.open_tasks > 0 && <List.Item>{text.nodes.deletesTasks(preview.open_tasks)}</List.Item>}
              {preview.join_tokens.length > 0 && (
                <List.Item>{text.nodes.deletesTokens(preview.join_tokens.length)}</List.Item>
              )}
            </List>
          </>
        )}
      </Loaded>
    </Stack>
  );
}
