import { NumberInput, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/fleet";
import { type Node, nodes } from "./requests";

interface Shown {
  node: Node;
  /** Of the node as it is shown. */
  tag: string;
  close: () => void;
}

/** Port and MTU of a node's WireGuard; an empty field sets nothing. */
export function EditWireGuard({ node, tag, close }: Shown) {
  const form = useForm<{ port: number | string; mtu: number | string }>({
    initialValues: { port: node.wanted_port || "", mtu: node.wanted_mtu || "" },
  });
  const change = {
    wanted_port: Number(form.values.port) || 0,
    wanted_mtu: Number(form.values.mtu) || 0,
  };
  return (
    <SendForm
      submitLabel={text.common.save}
      submit={() => nodes.change(node.id, change, tag)}
      onDone={close}
      disabled={change.wanted_port === node.wanted_port && change.wanted_mtu === node.wanted_mtu}
    >
      <Text size="sm">{text.nodes.wireguardText}</Text>
      <NumberInput
        label={text.nodes.port}
        min={1}
        max={65_535}
        allowDecimal={false}
        hideControls
        data-autofocus
        {...form.getInputProps("port")}
      />
      <NumberInput
        label={text.nodes.mtu}
        min={576}
        max={65_535}
        allowDecimal={false}
        hideControls
        {...form.getInputProps("mtu")}
      />
    </SendForm>
  );
}
