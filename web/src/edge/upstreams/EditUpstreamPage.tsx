import { useForm } from "@mantine/form";
import type { Tagged } from "../../api/client";
import { Waiting } from "../../components/Loaded";
import { PageFrame } from "../../components/PageFrame";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/edge";
import { EditFrame } from "../objects/EditFrame";
import { GeneralFields, generalBody, generalOf, isGeneralComplete } from "../objects/GeneralFields";
import { PreviewPanel } from "../objects/PreviewPanel";
import { type Upstream, upstreams } from "../objects/requests";
import { shownErrors, useDraft } from "../objects/useDraft";
import { useEdited } from "../objects/useEdited";
import { UpstreamFields } from "./UpstreamFields";
import { upstreamBody, upstreamValues } from "./values";

export function EditUpstreamPage() {
  const { isNew, query, edited } = useEdited(upstreams);
  if (!isNew && edited === undefined)
    return (
      <PageFrame title={text.upstreams.title}>
        <Waiting for={query} />
      </PageFrame>
    );
  return <Form edited={edited} />;
}

function Form({ edited }: { edited: Tagged<Upstream> | undefined }) {
  const workspace = useWorkspace();
  const before = edited?.value;
  const form = useForm({ initialValues: { ...generalOf(before, workspace), ...upstreamValues(before) } });
  const body = upstreamBody(form.values);
  const draft = useDraft(
    upstreams,
    before?.id,
    before ? body : { ...body, workspace: form.values.workspace },
  );
  const save = () => {
    const whole = { ...generalBody(form.values, before), ...body };
    return before === undefined
      ? upstreams.create(whole as Parameters<typeof upstreams.create>[0])
      : upstreams.change(before.id, whole as Parameters<typeof upstreams.change>[1], edited?.tag);
  };
  return (
    <EditFrame
      of={upstreams}
      listTitle={text.upstreams.title}
      title={before ? text.objects.editTitle(before.name) : text.upstreams.create}
      object={before}
      disabled={!isGeneralComplete(form.values)}
      save={save}
      fields={
        <>
          <GeneralFields form={form} isNew={before === undefined} />
          <UpstreamFields form={form} errors={shownErrors(draft, form.isDirty())} />
        </>
      }
      beside={<PreviewPanel draft={draft} />}
    />
  );
}
