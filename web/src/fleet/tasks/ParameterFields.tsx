import { JsonInput, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { text } from "../../text";
import type { Parameter } from "./parameters";

/** An input for each parameter; values are kept as they were written. */
export function ParameterFields(given: {
  parameters: Parameter[];
  filled: Record<string, string>;
  wrong: string[];
  onFill: (name: string, value: string) => void;
}) {
  return given.parameters.map((parameter) => {
    const { name, kind, required, description, minimum, maximum, choices } = parameter;
    const value = given.filled[name] ?? parameter.initial;
    const fill = (next: string) => given.onFill(name, next);
    const error = given.wrong.includes(name)
      ? kind === "json"
        ? text.tasks.notJson
        : text.tasks.whole
      : undefined;
    const common = { label: name, description, required, withAsterisk: required, error };
    switch (kind) {
      case "whole":
      case "number":
        return (
          <NumberInput
            key={name}
            {...common}
            value={value}
            onChange={(next) => fill(String(next))}
            allowDecimal={kind === "number"}
            {...(minimum === undefined ? {} : { min: minimum })}
            {...(maximum === undefined ? {} : { max: maximum })}
          />
        );
      case "switch":
        return (
          <Switch
            key={name}
            label={name}
            description={description}
            checked={value === "true"}
            onChange={(event) => fill(String(event.currentTarget.checked))}
          />
        );
      case "choice":
        return (
          <Select
            key={name}
            {...common}
            data={choices}
            value={value || null}
            onChange={(next) => fill(next ?? "")}
          />
        );
      case "json":
        return <JsonInput key={name} {...common} value={value} onChange={fill} autosize minRows={2} />;
      default:
        return (
          <TextInput
            key={name}
            {...common}
            value={value}
            onChange={(event) => fill(event.currentTarget.value)}
          />
        );
    }
  });
}
