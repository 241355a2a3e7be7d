import { Alert, Button, Stack, Table, Text } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import type { Schema } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { Loaded } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/trust";
import { masterKeyQuery, rotateMasterKey } from "./requests";

/** Which keys seal what is secret, and a new one. */
const SHOWN: Partial<Record<string, string>> = { current: "ok", unreadable: "failed" };

export function MasterKeys() {
  return <Loaded query={masterKeyQuery}>{(status) => <MasterKeyPanel status={status} />}</Loaded>;
}

function MasterKeyPanel({ status }: { status: Schema<"MasterKeyStatus"> }) {
  const access = useAccess();
  const rotate = () =>
    confirmDestructive({
      title: text.masterKeys.rotateTitle,
      consequences: text.masterKeys.rotateText,
      confirmLabel: text.masterKeys.rotate,
      run: rotateMasterKey,
      done: text.masterKeys.rotated,
    });
  return (
    <Panel
      title={text.masterKeys.title}
      aside={
        access.everywhere("settings:write") &&
        status.writable && (
          <Button variant="default" onClick={rotate}>
            {text.masterKeys.rotate}
          </Button>
        )
      }
    >
      <Stack gap="sm">
        <Text size="sm" className="quiet">
          {text.masterKeys.text}
        </Text>
        {status.note && <Alert color="yellow">{status.note}</Alert>}
        <div>
          <Status state={SHOWN[status.state] ?? "running"} word={status.state} />{" "}
          <Copyable value={status.file} what={text.masterKeys.file} />
        </div>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text.masterKeys.key}</Table.Th>
              <Table.Th>{text.masterKeys.seals}</Table.Th>
              <Table.Th>{text.masterKeys.since}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {status.keys.map((key) => (
              <Table.Tr key={key.key_id}>
                <Table.Td>
                  <span className="mono">{key.key_id}</span>{" "}
                  {key.primary && <Status state="active" word={text.masterKeys.primary} />}
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
