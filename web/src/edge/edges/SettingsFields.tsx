import { NumberInput, Select, Switch, TagsInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { text } from "../../text/edge";
import type { EdgeDetails } from "./requests";

const words = text.edges;

export interface Settings {
  mode: EdgeDetails["mode"];
  owns_main_file: boolean;
  worker_shutdown_s: number | string;
  resolvers: string[];
  shared_with: string[];
}

export const EMPTY_SETTINGS: Settings = {
  mode: "systemd",
  owns_main_file: false,
  worker_shutdown_s: 600,
  resolvers: [],
  shared_with: [],
};

export function settingsOf(edge: EdgeDetails): Settings {
  const { mode, owns_main_file, worker_shutdown_s, resolvers, shared_with } = edge;
  return { mode, owns_main_file, worker_shutdown_s, resolvers, shared_with };
}

/** As the API takes it; the field for the seconds may be empty, which is no number. */
export function settingsBody(settings: Settings) {
  const seconds = Number(settings.worker_shutdown_s);
  return { ...settings, worker_shutdown_s: seconds > 0 ? seconds : 600 };
}

/** How nginx is run on an edge, and who can use it. */
export function SettingsFields<Values extends Settings>({ form }: { form: UseFormReturnType<Values> }) {
  return (
    <>
      <Select
        label={words.mode}
        allowDeselect={false}
        data={Object.entries(words.modes).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps("mode")}
      />
      <Switch
        label={words.ownMainFile}
        description={words.ownMainFileHelp}
        {...form.getInputProps("owns_main_file", { type: "checkbox" })}
      />
      <NumberInput
        label={words.shutdownLabel}
        description={words.shutdownHelp}
        min={1}
        max={86_400}
        allowDecimal={false}
        {...form.getInputProps("worker_shutdown_s")}
      />
      <TagsInput
        label={words.resolversLabel}
        description={words.resolversHelp}
        {...form.getInputProps("resolvers")}
      />
      <TagsInput
        label={words.shareLabel}
        description={words.shareHelp}
        {...form.getInputProps("shared_with")}
      />
    </>
  );
}
