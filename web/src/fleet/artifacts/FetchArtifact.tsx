import { MultiSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/fleet";
import { nodes } from "../nodes";
import { type Artifact, fetchArtifact } from "./requests";

/** Which nodes of its workspace, and of its CPU, shall have it; then the operation that sees to that is shown. */
export function FetchArtifact({ artifact, close }: { artifact: Artifact; close: () => void }) {
  const navigate = useNavigate();
  const known = useQuery(nodes.all({ workspace: artifact.workspace_id }));
  const [chosen, setChosen] = useState<string[]>([]);
  const fitting = (known.data?.rows ?? []).filter(
    ({ facts }) => artifact.cpu === "any" || !facts.architecture || facts.architecture === artifact.cpu,
  );
  return (
    <SendForm
      submitLabel={text.artifacts.fetch}
      disabled={chosen.length === 0}
      onDone={close}
      submit={async () => {
        const operation = await fetchArtifact(artifact.id, { nodes: chosen });
        notifyDone(text.artifacts.fetching(artifact.reference, chosen.length));
        await navigate({ to: `/operations/${operation.id}` });
      }}
    >
      <Text size="sm">{text.artifacts.fetchText}</Text>
      <MultiSelect
        label={text.artifacts.nodes}
        data={fitting.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen}
        onChange={setChosen}
        searchable
        nothingFoundMessage={text.common.noMatches}
      />
    </SendForm>
  );
}
