import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/edge";
import { NodeChoice } from "../objects/NodeChoice";
import { edges } from "./requests";
import { EMPTY_SETTINGS, SettingsFields, settingsBody } from "./SettingsFields";

/** Makes a node an edge, and shows it. */
export function NewEdge({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const form = useForm({ initialValues: { node: "", ...EMPTY_SETTINGS } });
  const { node, ...settings } = form.values;
  const submit = async () => {
    const made = await edges.create({ node, ...settingsBody(settings) });
    notifyDone(text.edges.created(made.node));
    close();
    await navigate({ to: `/edges/${made.node_id}` });
  };
  return (
    <SendForm form={form} submitLabel={text.edges.create} disabled={node === ""} submit={submit}>
      <NodeChoice
        label={text.edges.node}
        description={text.edges.nodeHelp}
        error={form.errors.node as string | undefined}
        value={node}
        onChange={(id) => form.setFieldValue("node", id)}
      />
      <SettingsFields form={form} />
    </SendForm>
  );
}
