import { ActionIcon, Button, Group, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconX } from "@tabler/icons-react";
import { labelChanges } from "../../components/labelText";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/fleet";
import { type Node, nodes } from "./requests";

const EMPTY = { key: "", value: "" };

/** The labels of a node, a row each; a row without a key is none. */
export function EditLabels({ node, tag, close }: { node: Node; tag: string; close: () => void }) {
  const present = Object.entries(node.labels).map(([key, value]) => ({ key, value }));
  const form = useForm({ initialValues: { pairs: [...present, EMPTY] } });
  const wanted = form.values.pairs
    .map(({ key, value }) => [key.trim(), value.trim()] as const)
    .filter(([key]) => key !== "");
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      submit={() =>
        nodes.change(node.id, { labels: labelChanges(node.labels, Object.fromEntries(wanted)) }, tag)
      }
      onDone={close}
      aside={
        <Button variant="default" onClick={() => form.insertListItem("pairs", EMPTY)}>
          {text.nodes.addLabel}
        </Button>
      }
    >
      {form.values.pairs.map(({ key }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has nothing else that stays while it is typed
        <Group key={index} gap="xs" wrap="nowrap">
          <TextInput
            aria-label={text.nodes.labelKey}
            placeholder={text.nodes.labelKey}
            {...form.getInputProps(`pairs.${index}.key`)}
          />
          <TextInput
            aria-label={text.nodes.labelValue}
            placeholder={text.nodes.labelValue}
            {...form.getInputProps(`pairs.${index}.value`)}
          />
          <ActionIcon
            aria-label={text.nodes.removeLabel(key)}
            onClick={() => form.removeListItem("pairs", index)}
          >
            <IconX size={15} />
          </ActionIcon>
        </Group>
      ))}
    </SendForm>
  );
}
