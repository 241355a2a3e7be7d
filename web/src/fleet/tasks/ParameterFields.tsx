import { JsonInput, NumberInput, PasswordInput, Select, Switch, TextInput } from "@mantine/core";
import { asWords } from "../../components/asWords";
import { text } from "../../text/fleet";
import type { Parameter } from "./parameters";

/** An input for each parameter; values are kept as they were typed. */
export function ParameterFields(props: {
  parameters: Parameter[];
  written: Record<string, string>;
  wrong: string[];
  onWrite: (name: string, value: string) => void;
}) {
  return props.parameters.map((parameter) => {
    const { name, kind, required, description, minimum, maximum, choices } = parameter;
    const value = props.written[name] ?? parameter.initial;
    const write = (next: string) => props.onWrite(name, next);
    const problem = kind === "json" ? text.tasks.notJson : text.tasks.whole;
    const error = props.wrong.includes(name) ? problem : undefined;
    const common = { label: asWords(name), description, required, withAsterisk: required, error };
    switch (kind) {
      case "whole":
      case "number":
        return (
          <NumberInput
            key={name}
            {...common}
            value={value}
            onChange={(next) => write(String(next))}
            allowDecimal={kind === "number"}
            {...(minimum === undefined ? {} : { min: minimum })}
            {...(maximum === undefined ? {} : { max: maximum })}
          />
        );
      case "switch":
        return (
          <Switch
            key={name}
            label={asWords(name)}
            description={description}
            checked={value === "true"}
            onChange={(event) => write(String(event.currentTarget.checked))}
          />
        );
      case "choice":
        return (
          <Select
            key={name}
            {...common}
            data={choices}
            value={value || null}
            onChange={(next) => write(next ?? "")}
          />
        );
      case "secret":
        return (
          <PasswordInput
            key={name}
            {...common}
            autoComplete="off"
            value={value}
            onChange={(event) => write(event.currentTarget.value)}
          />
        );
      case "json":
        return <JsonInput key={name} {...common} value={value} onChange={write} autosize minRows={2} />;
      default:
        return (
          <TextInput
            key={name}
            {...common}
            value={value}
            onChange={(event) => write(event.currentTarget.value)}
          />
        );
    }
  });
}
