import {
  Button,
  CopyButton,
  Group,
  Loader,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import type { Schema } from "../../api/types";
import { CommandLine } from "../../components/Copyable";
import { LabelsField } from "../../components/LabelsField";
import { parseLabels } from "../../components/labelText";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { useEvents } from "../../live/LiveProvider";
import { text } from "../../text/fleet";
import { createJoinToken, type NewJoinToken } from "./requests";

const TTLS = Object.entries(text.nodes.ttls).map(([value, label]) => ({ value, label }));
const LONG_TTLS = Object.entries(text.join.longTtls).map(([value, label]) => ({ value, label }));
const MOST_USES = 1000;

/** Makes a token, shows its command, and opens the new node's page when it has joined. */
export function JoinSteps() {
  const workspace = useWorkspace();
  const form = useForm({ initialValues: { name: "", labels: "", ttl: "10m", uses: 1 } });
  const [token, setToken] = useState<NewJoinToken | null>(null);
  const several = form.values.uses > 1;
  const name = several ? "" : form.values.name.trim();
  const ttls = several ? [...TTLS, ...LONG_TTLS] : TTLS;
  const ttl = ttls.some(({ value }) => value === form.values.ttl) ? form.values.ttl : "10m";
  const { labels, wrong } = parseLabels(form.values.labels);
  if (token) return <WaitForNode token={token} name={name} onAgain={() => setToken(null)} />;
  return (
    <Stack maw={460}>
      <SendForm
        form={form}
        submitLabel={text.nodes.createToken}
        buttonsAt="start"
        disabled={wrong.length > 0}
        submit={async () =>
          setToken(await createJoinToken({ name, ttl, labels, workspace, uses: form.values.uses || 1 }))
        }
      >
        <NumberInput
          label={text.join.uses}
          description={text.join.usesHelp}
          min={1}
          max={MOST_USES}
          allowDecimal={false}
          {...form.getInputProps("uses")}
        />
        <TextInput
          label={text.nodes.joinName}
          description={several ? text.join.severalNames : text.nodes.joinNameHelp}
          disabled={several}
          autoComplete="off"
          spellCheck={false}
          {...form.getInputProps("name")}
        />
        <LabelsField
          autoComplete="off"
          spellCheck={false}
          {...form.getInputProps("labels")}
          value={form.values.labels}
        />
        <Select
          label={text.nodes.joinTtl}
          data={ttls}
          allowDeselect={false}
          {...form.getInputProps("ttl")}
          value={ttl}
        />
      </SendForm>
    </Stack>
  );
}

interface WaitForNodeProps {
  token: NewJoinToken;
  /** What the node will be called; "": whatever its machine is. */
  name: string;
  onAgain: () => void;
}

function WaitForNode({ token, name, onAgain }: WaitForNodeProps) {
  const expired = useHasPassed(token.expires_at);
  const several = token.uses > 1;
  useOpenWhenJoined(several ? null : name);
  return (
    <Stack gap="sm">
      {expired ? (
        <Text size="sm" role="alert">
          {text.nodes.joinExpired}
        </Text>
      ) : (
        <>
          <Text size="sm">{several ? text.join.runOnSeveral(token.uses) : text.nodes.joinRun}</Text>
          <FoldedCommand command={token.command} />
          <details>
            <summary className="quiet">{text.nodes.joinManual}</summary>
            <CommandLine command={token.join_command} what={text.nodes.joinCommand} />
          </details>
          <Group gap="xs" role="status">
            {!several && <Loader size="xs" />}
            {!several && <Text size="sm">{text.nodes.joinWaiting}</Text>}
            <Text size="sm" className="quiet">
              {text.nodes.joinExpires} <When at={token.expires_at} />
            </Text>
          </Group>
        </>
      )}
      <Group>
        <Button variant="default" onClick={onAgain}>
          {text.nodes.joinAgain}
        </Button>
      </Group>
    </Stack>
  );
}

/** It is long, and for the clipboard: its beginning is shown, all of it when asked for. */
function FoldedCommand({ command }: { command: string }) {
  return (
    <>
      <Text size="xs" className="mono truncate">
        {command.split("\n", 1)[0]}
      </Text>
      <Group>
        <CopyButton value={command} timeout={1500}>
          {({ copied, copy }) => (
            <Button leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />} onClick={copy}>
              {copied ? text.join.copied : text.join.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
      <details>
        <summary className="quiet">{text.join.showWhole}</summary>
        <CommandLine command={command} what={text.nodes.joinCommand} />
      </details>
    </>
  );
}

/** Whether this time (RFC 3339) is over. */
function useHasPassed(time: string): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    const left = new Date(time).getTime() - Date.now();
    const timer = setTimeout(() => setPassed(true), Math.max(0, left));
    return () => clearTimeout(timer);
  }, [time]);
  return passed;
}

/** Opens the page of the next node of this name that joins; "": of any; null: stays. */
function useOpenWhenJoined(name: string | null): void {
  const navigate = useNavigate();
  useEvents(
    useCallback(
      ({ kind, resource, data }: Schema<"EventView">) => {
        if (name === null || kind !== "node.join" || data.rejoined) return;
        if (name !== "" && resource.name !== name) return;
        notifyDone(text.nodes.joined(resource.name));
        void navigate({ to: "/nodes/$node", params: { node: resource.id } });
      },
      [name, navigate],
    ),
  );
}
