import { ActionIcon, Button, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { api, dataOf } from "../../api/client";
import { isApiError } from "../../api/errors";
import { queryClient } from "../../api/queries";
import { confirmDestructive } from "../../components/confirm";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/appliance";
import classes from "./SettingsPage.module.css";
import { choiceWords, type Setting, shownValue, unitOf } from "./settingValue";

/** Changes one setting; null: its default again. Raises ApiError. */
async function change(name: string, value: Setting["value"] | null, confirm = false): Promise<void> {
  await dataOf(api.PATCH("/api/v1/settings", { body: { [name]: value, confirm } }));
  await Promise.all(
    ["settings", "whoami"].map((changed) => queryClient.invalidateQueries({ queryKey: [changed] })),
  );
  notifyDone(text.settings.saved);
}

/** The value with a pencil; edited where it stands. Escape gives up, and the pencil has the focus again. */
export function EditableValue({ setting }: { setting: Setting }) {
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    if (!editing && wasEditing.current) pencil.current?.focus();
    wasEditing.current = editing;
  }, [editing]);
  if (editing) return <ValueForm setting={setting} close={() => setEditing(false)} />;
  return (
    <span className={classes.editable}>
      <span className={setting.value === "" ? "quiet" : undefined}>{shownValue(setting)}</span>
      <ActionIcon
        ref={pencil}
        size="sm"
        aria-label={text.settings.edit(setting.title)}
        onClick={() => setEditing(true)}
      >
        <IconPencil size={14} />
      </ActionIcon>
    </span>
  );
}

function ValueForm({ setting, close }: { setting: Setting; close: () => void }) {
  const [value, setValue] = useState<Setting["value"]>(setting.value);
  const send = async (wanted: Setting["value"] | null) => {
    try {
      await change(setting.name, wanted);
      close();
    } catch (refused) {
      if (!isApiError(refused) || refused.code !== "CONFIRMATION_NEEDED") throw refused;
      const [consequence] = refused.details;
      confirmDestructive({
        title: text.settings.confirmTitle(setting.title),
        consequences: text.settings.confirmText(consequence?.message ?? refused.message),
        confirmLabel: text.settings.confirmLabel,
        run: async () => {
          await change(setting.name, wanted, true);
          close();
        },
      });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape, from each of its fields
    <div onKeyDown={onKeyDown} className={classes.form}>
      <SendForm
        submitLabel={text.common.save}
        submit={() => send(value)}
        disabled={value === setting.value}
        buttonsAt="start"
        aside={
          <>
            <Button variant="default" onClick={close}>
              {text.common.cancel}
            </Button>
            {setting.origin === "database" && <Restore setting={setting} restore={() => send(null)} />}
          </>
        }
      >
        <ValueField setting={setting} value={value} onChange={setValue} />
      </SendForm>
    </div>
  );
}

function Restore({ setting, restore }: { setting: Setting; restore: () => Promise<void> }) {
  const [failed, setFailed] = useState("");
  return (
    <>
      <Button
        variant="subtle"
        onClick={() =>
          void restore().catch((error: unknown) =>
            setFailed(error instanceof Error ? error.message : String(error)),
          )
        }
      >
        {text.settings.restore(shownValue(setting, setting.default))}
      </Button>
      {failed && <span role="alert">{failed}</span>}
    </>
  );
}

interface ValueFieldProps {
  setting: Setting;
  value: Setting["value"];
  onChange: (value: Setting["value"]) => void;
}

function ValueField({ setting, value, onChange }: ValueFieldProps) {
  const common = { "aria-label": setting.title, autoFocus: true, className: classes.field };
  if (setting.choices.length > 0) {
    return (
      <NativeSelect
        {...common}
        value={String(value)}
        data={setting.choices.map((choice) => ({ value: choice, label: choiceWords(setting.name, choice) }))}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (typeof setting.default === "number") {
    const unit = unitOf(setting.name);
    return (
      <NumberInput
        {...common}
        min={0}
        value={Number(value)}
        suffix={unit && ` ${unit}`}
        allowDecimal={!/days|count|kept/.test(setting.name)}
        onChange={(given) => onChange(given === "" ? setting.default : Number(given))}
      />
    );
  }
  return (
    <TextInput
      {...common}
      maxLength={200}
      value={String(value)}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
