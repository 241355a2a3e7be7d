import { Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import type { Tagged } from "../../api/client";
import { useFilters } from "../../components/collection/filters";
import { Waiting } from "../../components/Loaded";
import { PageFrame, Panel } from "../../components/PageFrame";
import { useWorkspace } from "../../components/workspace";
import { Editor } from "../../editor/Editor";
import type { Problem } from "../../editor/messages";
import { offeredInTemplates } from "../../editor/offered";
import { text } from "../../text/edge";
import { EditFrame } from "../objects/EditFrame";
import { GeneralFields, generalBody, generalOf, isGeneralComplete } from "../objects/GeneralFields";
import { PreviewPanel } from "../objects/PreviewPanel";
import { type Preview, type Template, templates } from "../objects/requests";
import { useDraft } from "../objects/useDraft";
import { useEdited } from "../objects/useEdited";

/** A template is written here: a new one from the text of another, or the next version of one. */
export function EditTemplatePage() {
  const { isNew, query, edited } = useEdited(templates);
  const { from } = useFilters("from").values;
  const start = useQuery({ ...templates.get(from || "default"), enabled: isNew });
  const needed = isNew ? start : query;
  if (needed.data === undefined)
    return (
      <PageFrame title={text.templates.title}>
        <Waiting for={needed} />
      </PageFrame>
    );
  return <Form edited={edited} startText={needed.data.value.text} />;
}

function Form({ edited, startText }: { edited: Tagged<Template> | undefined; startText: string }) {
  const workspace = useWorkspace();
  const before = edited?.value;
  const form = useForm({ initialValues: { ...generalOf(before, workspace), text: startText } });
  const draft = useDraft(templates, before?.id, { text: form.values.text });
  const save = () => {
    const body = { ...generalBody(form.values, before), text: form.values.text };
    return before === undefined
      ? templates.create(body as Parameters<typeof templates.create>[0])
      : templates.change(before.id, body, edited?.tag);
  };
  return (
    <EditFrame
      of={templates}
      listTitle={text.templates.title}
      title={before ? text.objects.editTitle(before.name) : text.templates.create}
      object={before}
      disabled={!isGeneralComplete(form.values) || !form.values.text.trim()}
      save={save}
      fields={
        <>
          <GeneralFields form={form} isNew={before === undefined} />
          <Panel title={text.templates.text}>
            <Stack gap="xs">
              <Text size="sm" className="quiet">
                {text.templates.textHelp}
              </Text>
              <Editor
                label={text.templates.text}
                text={form.values.text}
                onChange={(typed) => form.setFieldValue("text", typed)}
                problems={problemsOf(draft.preview)}
                offered={offeredInTemplates}
              />
            </Stack>
          </Panel>
        </>
      }
      beside={<PreviewPanel draft={draft} title={text.templates.sample} />}
    />
  );
}

function problemsOf(preview: Preview | undefined): Problem[] {
  return (preview?.problems ?? []).map(({ message, line }) => ({
    // The line is said beside it.
    message: message.replace(/^line \d+: /, ""),
    severity: "error",
    ...(line === null || line === undefined ? {} : { line }),
  }));
}
