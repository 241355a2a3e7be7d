import { TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { LabelsField } from "../../components/LabelsField";
import { labelChanges, labelText, parseLabels } from "../../components/labelText";
import { Panel } from "../../components/PageFrame";
import { useWorkspaceNames, WorkspaceChoice } from "../../people/choices";
import { text } from "../../text/edge";
import type { EdgeObject } from "./requests";

export interface General {
  name: string;
  description: string;
  labels: string;
  workspace: string;
  summary: string;
}

export function generalOf(object: EdgeObject | undefined, workspace: string): General {
  return {
    name: object?.name ?? "",
    description: object?.description ?? "",
    labels: labelText(object?.labels ?? {}),
    workspace: object?.workspace ?? workspace,
    summary: "",
  };
}

/** The part of a request that says it; of a change only what is another. */
export function generalBody(values: General, before: EdgeObject | undefined): Record<string, unknown> {
  const { labels } = parseLabels(values.labels);
  const [name, description] = [values.name.trim(), values.description.trim()];
  const summary = values.summary.trim();
  if (before === undefined) return { name, description, labels, workspace: values.workspace, summary };
  return {
    ...(name === before.name ? {} : { name }),
    description,
    labels: labelChanges(before.labels, labels),
    summary,
  };
}

export function isGeneralComplete(values: General): boolean {
  return values.name.trim() !== "" && parseLabels(values.labels).wrong.length === 0;
}

/** Name, workspace, description, labels, and what the change is about. */
export function GeneralFields<Values extends General>({
  form,
  isNew,
  error,
}: {
  form: UseFormReturnType<Values>;
  isNew: boolean;
  error?: string | undefined;
}) {
  const workspaces = useWorkspaceNames("config:write");
  return (
    <Panel title={text.objects.general}>
      <div className="stack">
        <NameField required withAsterisk={false} error={error} {...form.getInputProps("name")} />
        {isNew && workspaces.length > 1 && (
          <WorkspaceChoice
            permission="config:write"
            label={text.common.workspace}
            required
            {...form.getInputProps("workspace")}
          />
        )}
        <DescriptionField {...form.getInputProps("description")} />
        <LabelsField {...form.getInputProps("labels")} value={form.values.labels} />
        <TextInput
          label={text.objects.summary}
          description={text.objects.summaryHelp}
          {...form.getInputProps("summary")}
        />
      </div>
    </Panel>
  );
}
