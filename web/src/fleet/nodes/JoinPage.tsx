import { Button, Group, Loader, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import type { Event, Schema } from "../../api/types";
import { CommandLine } from "../../components/Copyable";
import { Failure } from "../../components/Failure";
import { parseLabels } from "../../components/labelText";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { useEvents } from "../../live/LiveProvider";
import { text } from "../../text";
import { makeToken } from "./requests";

export function JoinPage() {
  return (
    <PageFrame
      title={text.nodes.join}
      above={
        <Link to="/nodes" className="back-link">
          {text.nodes.title}
        </Link>
      }
    >
      <Panel>
        <JoinSteps />
      </Panel>
    </PageFrame>
  );
}

/** Make a token, show its command, and go to the new node's page when it has joined. */
export function JoinSteps() {
  const workspace = useWorkspace();
  const [name, setName] = useState("");
  const [written, setWritten] = useState("");
  const [ttl, setTtl] = useState<string>("10m");
  const { labels, wrong } = parseLabels(written);
  const token = useMutation({ mutationFn: (body: Schema<"TokenRequest">) => makeToken(body) });
  function submit(event: FormEvent) {
    event.preventDefault();
    if (wrong.length === 0) token.mutate({ name: name.trim(), ttl, labels, workspace });
  }
  if (token.data) return <Waiting token={token.data} name={name.trim()} onAgain={() => token.reset()} />;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={460}>
        <TextInput
          label={text.nodes.joinName}
          description={text.nodes.joinNameHelp}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label={text.nodes.joinLabels}
          description={text.nodes.joinLabelsHelp}
          value={written}
          onChange={(event) => setWritten(event.currentTarget.value)}
          error={wrong.length > 0 && wrong.join(", ")}
          autoComplete="off"
          spellCheck={false}
        />
        <Select
          label={text.nodes.joinTtl}
          data={Object.entries(text.nodes.ttls).map(([value, label]) => ({ value, label }))}
          value={ttl}
          onChange={(chosen) => setTtl(chosen ?? "10m")}
          allowDeselect={false}
        />
        {token.isError && <Failure error={token.error} />}
        <Group>
          <Button type="submit" loading={token.isPending}>
            {text.nodes.makeToken}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Waiting(given: { token: Schema<"TokenView">; name: string; onAgain: () => void }) {
  const { token, onAgain } = given;
  const navigate = useNavigate();
  const [expired, setExpired] = useState(false);
  useEffect(() => {
    const left = new Date(token.expires_at).getTime() - Date.now();
    const timer = setTimeout(() => setExpired(true), Math.max(0, left));
    return () => clearTimeout(timer);
  }, [token.expires_at]);
  useEvents(
    useCallback(
      ({ kind, resource, data }: Event) => {
        if (kind !== "node.join" || (given.name !== "" && resource.name !== given.name)) return;
        if (data.rejoined) return;
        notifyDone(text.nodes.joined(resource.name));
        void navigate({ to: "/nodes/$node", params: { node: resource.id } });
      },
      [given.name, navigate],
    ),
  );
  return (
    <Stack gap="sm">
      <Text size="sm">{text.nodes.joinRun}</Text>
      <CommandLine command={token.command} what={text.nodes.joinCommand} />
      <details>
        <summary className="quiet">{text.nodes.joinManual}</summary>
        <CommandLine command={token.join_command} what={text.nodes.joinCommand} />
      </details>
      {expired ? (
        <Text size="sm" role="alert">
          {text.nodes.joinExpired}
        </Text>
      ) : (
        <Group gap="xs" role="status">
          <Loader size="xs" />
          <Text size="sm">{text.nodes.joinWaiting}</Text>
          <Text size="sm" className="quiet">
            {text.nodes.joinExpires} <When at={token.expires_at} />
          </Text>
        </Group>
      )}
      <Group>
        <Button variant="default" onClick={onAgain}>
          {text.nodes.joinAgain}
        </Button>
      </Group>
    </Stack>
  );
}
