import { Button, FileButton, Group, Progress, Select, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { notifyDone } from "../../components/notify";
import { bytes, percent } from "../../components/quantity";
import { SendForm } from "../../components/SendForm";
import { useWorkspaceNames, WorkspaceChoice } from "../../people/choices";
import { text } from "../../text/fleet";
import { CPUS, type Cpu } from "./requests";
import { nameOf, type Stage, uploadFile } from "./upload";

/** A file, what to call it, and how far it has come. */
export function UploadArtifact({ workspace, close }: { workspace: string; close: () => void }) {
  const workspaces = useWorkspaceNames("artifact:write");
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [stage, setStage] = useState<Stage | null>(null);
  const form = useForm({
    initialValues: { name: "", version: "", cpu: "any" as Cpu, description: "", workspace },
  });
  const choose = (chosen: File | null) => {
    setFile(chosen);
    if (chosen && !form.isDirty("name")) form.setFieldValue("name", nameOf(chosen.name));
  };
  const submit = async () => {
    if (!file) return;
    try {
      const artifact = await uploadFile(file, trimmed(form.values), setStage);
      notifyDone(text.artifacts.uploaded(artifact.reference));
      await navigate({ to: `/artifacts/${artifact.id}` });
    } finally {
      setStage(null);
    }
  };
  return (
    <SendForm
      form={form}
      submitLabel={text.artifacts.upload}
      disabled={!file?.size || !form.values.name.trim() || (workspaces.length > 1 && !form.values.workspace)}
      onDone={close}
      submit={submit}
    >
      <Group gap="sm">
        <FileButton onChange={choose}>
          {(props) => (
            <Button variant="default" {...props}>
              {text.artifacts.chooseFile}
            </Button>
          )}
        </FileButton>
        <Text size="sm">
          {file ? text.artifacts.file(file.name, bytes(file.size)) : text.artifacts.noFile}
        </Text>
      </Group>
      <NameField required withAsterisk={false} {...form.getInputProps("name")} />
      <TextInput
        label={text.artifacts.version}
        description={text.artifacts.versionHelp}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps("version")}
      />
      <Select
        label={text.artifacts.cpu}
        data={[...CPUS]}
        allowDeselect={false}
        {...form.getInputProps("cpu")}
      />
      {workspaces.length > 1 && (
        <WorkspaceChoice
          permission="artifact:write"
          label={text.common.workspace}
          required
          {...form.getInputProps("workspace")}
        />
      )}
      <DescriptionField {...form.getInputProps("description")} />
      {stage && <HowFar stage={stage} />}
    </SendForm>
  );
}

function HowFar({ stage }: { stage: Stage }) {
  const words = stage.name === "summing" ? text.artifacts.summing : text.artifacts.sending;
  return (
    <div>
      <Text size="sm" className="quiet">
        {words(bytes(stage.done), bytes(stage.of))}
      </Text>
      <Progress value={percent(stage.done, stage.of)} size="sm" aria-label={text.artifacts.progress} />
    </div>
  );
}
