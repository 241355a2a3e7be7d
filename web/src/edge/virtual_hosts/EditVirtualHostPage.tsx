import { useForm } from "@mantine/form";
import type { Tagged } from "../../api/client";
import { Waiting } from "../../components/Loaded";
import { PageFrame } from "../../components/PageFrame";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/edge";
import { EditFrame } from "../objects/EditFrame";
import { GeneralFields, generalBody, generalOf, isGeneralComplete } from "../objects/GeneralFields";
import { PreviewPanel } from "../objects/PreviewPanel";
import { type VirtualHost, virtualHosts } from "../objects/requests";
import { shownErrors, useDraft } from "../objects/useDraft";
import { useEdited } from "../objects/useEdited";
import { HostFields } from "./HostFields";
import { hostBody, hostValues } from "./values";

/** A virtual host in fields, and beside them what nginx would be given. */
export function EditVirtualHostPage() {
  const { isNew, query, edited } = useEdited(virtualHosts);
  if (!isNew && edited === undefined)
    return (
      <PageFrame title={text.virtualHosts.title}>
        <Waiting for={query} />
      </PageFrame>
    );
  return <Form edited={edited} />;
}

function Form({ edited }: { edited: Tagged<VirtualHost> | undefined }) {
  const workspace = useWorkspace();
  const before = edited?.value;
  const form = useForm({ initialValues: { ...generalOf(before, workspace), ...hostValues(before) } });
  const body = hostBody(form.values);
  const draft = useDraft(
    virtualHosts,
    before?.id,
    before ? body : { ...body, workspace: form.values.workspace },
  );
  const save = () => {
    const whole = { ...generalBody(form.values, before), ...body };
    return before === undefined
      ? virtualHosts.create(whole as Parameters<typeof virtualHosts.create>[0])
      : virtualHosts.change(before.id, whole as Parameters<typeof virtualHosts.change>[1], edited?.tag);
  };
  return (
    <EditFrame
      of={virtualHosts}
      listTitle={text.virtualHosts.title}
      title={before ? text.objects.editTitle(before.name) : text.virtualHosts.create}
      object={before}
      disabled={!isGeneralComplete(form.values) || form.values.serverName.length === 0}
      save={save}
      fields={
        <>
          <GeneralFields form={form} isNew={before === undefined} />
          <HostFields form={form} errors={shownErrors(draft, form.isDirty())} />
        </>
      }
      beside={<PreviewPanel draft={draft} />}
    />
  );
}
