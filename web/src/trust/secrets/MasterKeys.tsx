import { Alert, Button, Loader, Stack, Table, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { api, dataOf } from "../../api/client";
import { Copyable } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text";

const masterKeyQuery = {
  queryKey: ["secrets", "master-key"],
  queryFn: () => dataOf(api.GET("/api/v1/secrets/master-key")),
};

/** Which keys seal what is secret, and a new one. */
export function MasterKeys() {
  const access = useAccess();
  const client = useQueryClient();
  const asked = useQuery(masterKeyQuery);
  if (asked.isError) return <Failure error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data === undefined) return <Loader size="sm" />;
  const status = asked.data;
  const rotate = () =>
    confirmDestructive({
      title: text.settings.rotateTitle,
      consequences: text.settings.rotateText,
      confirmLabel: text.settings.rotate,
      run: async () => {
        await dataOf(api.POST("/api/v1/secrets/master-key/rotations"));
        notifyDone(text.settings.rotated);
        await client.invalidateQueries({ queryKey: masterKeyQuery.queryKey });
      },
    });
  return (
    <Panel
      title={text.settings.masterKeys}
      aside={
        access.everywhere("settings:write") &&
        status.writable && (
          <Button variant="default" onClick={rotate}>
            {text.settings.rotate}
          </Button>
        )
      }
    >
      <Stack gap="sm">
        <Text size="sm" className="quiet">
          {text.settings.masterKeysText}
        </Text>
        {status.note && <Alert color="yellow">{status.note}</Alert>}
        <div>
          <Status state={status.state === "current" ? "ok" : "running"} word={status.state} />{" "}
          <Copyable value={status.file} what={text.settings.file} />
        </div>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text.settings.key}</Table.Th>
              <Table.Th>{text.settings.seals}</Table.Th>
              <Table.Th>{text.settings.migrated}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {status.keys.map((key) => (
              <Table.Tr key={key.key_id}>
                <Table.Td>
                  <span className="mono">{key.key_id}</span>{" "}
                  {key.primary && <Status state="active" word={text.settings.primary} />}
                </Table.Td>
                <Table.Td>{count(key.values)}</Table.Td>
                <Table.Td>
                  <When at={key.adopted_at} absent={text.common.unknown} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Stack>
    </Panel>
  );
}
