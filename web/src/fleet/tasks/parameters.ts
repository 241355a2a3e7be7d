// What a form has to ask for, out of the JSON Schema (2020-12) that a kind of task declares.

export interface Parameter {
  name: string;
  kind: "whole" | "number" | "switch" | "choice" | "words" | "json";
  required: boolean;
  description: string;
  choices: string[];
  minimum?: number;
  maximum?: number;
  initial: string;
}

interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string | string[];
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** The fields of an object's schema, in its order. */
export function parametersOf(given: object): Parameter[] {
  const whole = given as JsonSchema;
  const resolve = (schema: JsonSchema): JsonSchema => {
    const name = schema.$ref?.split("/").at(-1);
    return name === undefined ? schema : { ...(whole.$defs?.[name] ?? {}), ...withoutReference(schema) };
  };
  const top = resolve(whole);
  return Object.entries(top.properties ?? {}).map(([name, property]) => {
    const schema = resolve(property);
    const kind = kindOf(schema);
    return {
      name,
      kind,
      required: top.required?.includes(name) ?? false,
      description: schema.description ?? "",
      choices: kind === "choice" ? (schema.enum ?? []).map(String) : [],
      ...(schema.minimum === undefined ? {} : { minimum: schema.minimum }),
      ...(schema.maximum === undefined ? {} : { maximum: schema.maximum }),
      initial: written(schema.default, kind),
    };
  });
}

function withoutReference({ $ref: _reference, ...rest }: JsonSchema): JsonSchema {
  return rest;
}

function kindOf(schema: JsonSchema): Parameter["kind"] {
  if (schema.enum?.every((value) => typeof value === "string")) return "choice";
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  if (types.length !== 1) return "json";
  const kinds: Record<string, Parameter["kind"]> = {
    integer: "whole",
    number: "number",
    boolean: "switch",
    string: "words",
  };
  return kinds[types[0] ?? ""] ?? "json";
}

function written(value: unknown, kind: Parameter["kind"]): string {
  if (value === undefined || value === null) return kind === "switch" ? "false" : "";
  return kind === "json" ? JSON.stringify(value) : String(value);
}

/** What was filled in as the API takes it; fields that cannot be read are named. What is empty is left out. */
export function readParameters(
  parameters: Parameter[],
  filled: Record<string, string>,
): { values: Record<string, unknown>; wrong: string[] } {
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const { name, kind, initial } of parameters) {
    const words = filled[name] ?? initial;
    if (words.trim() === "") continue;
    const value = readOne(kind, words);
    if (value === undefined) wrong.push(name);
    else values[name] = value;
  }
  return { values, wrong };
}

function readOne(kind: Parameter["kind"], words: string): unknown {
  switch (kind) {
    case "whole":
      return /^-?\d+$/.test(words.trim()) ? Number(words) : undefined;
    case "number":
      return Number.isFinite(Number(words)) ? Number(words) : undefined;
    case "switch":
      return words === "true";
    case "json":
      try {
        return JSON.parse(words) as unknown;
      } catch {
        return undefined;
      }
    default:
      return words;
  }
}
