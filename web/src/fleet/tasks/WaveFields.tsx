import { NumberInput, Stack } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { text } from "../../text/fleet";

/** In what order the nodes of an operation come; "": what is usual for the kind. */
export interface Waves {
  atOnce: number | "";
  canaries: number | "";
  failureBudget: number | "";
}

export const USUAL_WAVES: Waves = { atOnce: "", canaries: "", failureBudget: "" };

/** As the API wants them: what was left out is left out. */
export function wavesOf({ atOnce, canaries, failureBudget }: Waves): Record<string, number> {
  const written = { at_once: atOnce, canaries, failure_budget: failureBudget };
  return Object.fromEntries(
    Object.entries(written).filter((entry): entry is [string, number] => entry[1] !== ""),
  );
}

export function WaveFields<Values extends Waves>({ form }: { form: UseFormReturnType<Values> }) {
  const fields = [
    ["atOnce", text.operations.atOnce, text.operations.atOnceHelp],
    ["canaries", text.operations.canaries, text.operations.canariesHelp],
    ["failureBudget", text.operations.failureBudget, text.operations.failureBudgetHelp],
  ] as const;
  return (
    <details>
      <summary className="quiet">{text.operations.waves}</summary>
      <Stack gap="sm" pt="xs">
        {fields.map(([name, label, description]) => (
          <NumberInput
            key={name}
            label={label}
            description={description}
            min={0}
            allowDecimal={false}
            {...form.getInputProps(name)}
          />
        ))}
      </Stack>
    </details>
  );
}
