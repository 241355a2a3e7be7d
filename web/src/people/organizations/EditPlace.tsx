import { TextInput } from "@mantine/core";
import { useState } from "react";
import { SendForm } from "../../components/dialog";
import { text } from "../../text";

/** Name and description of an organization or a workspace. */
export function EditPlace(given: {
  name: string;
  description: string;
  change: (change: { name: string; description: string }) => Promise<unknown>;
  close: () => void;
}) {
  const [name, setName] = useState(given.name);
  const [description, setDescription] = useState(given.description);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim()}
      onDone={given.close}
      submit={() => given.change({ name: name.trim(), description: description.trim() })}
    >
      <TextInput
        label={text.common.name}
        description={name === given.name ? undefined : text.organizations.renameHelp}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <TextInput
        label={text.common.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </SendForm>
  );
}
