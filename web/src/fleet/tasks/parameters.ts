// The fields of a task's form, from the JSON Schema (2020-12) that the kind of task declares.

export interface Parameter {
  name: string;
  kind: "whole" | "number" | "switch" | "choice" | "words" | "secret" | "json";
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
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
}

/** The fields of an object's schema, in its order. */
export function parametersOf(schema: object): Parameter[] {
  const document = schema as JsonSchema;
  const top = resolve(document, document);
  return Object.entries(top.properties ?? {}).map(([name, reference]) => {
    const property = resolve(reference, document);
    const kind = kindOf(property);
    return {
      name,
      kind,
      required: top.required?.includes(name) ?? false,
      description: property.description ?? "",
      choices: kind === "choice" ? (property.enum ?? []).map(String) : [],
      ...(property.minimum === undefined ? {} : { minimum: property.minimum }),
      ...(property.maximum === undefined ? {} : { maximum: property.maximum }),
      initial: textOf(property.default, kind),
    };
  });
}

/** A schema itself, where it is a reference to one of the document's definitions. */
function resolve({ $ref: reference, ...schema }: JsonSchema, document: JsonSchema): JsonSchema {
  const name = reference?.split("/").at(-1);
  return name === undefined ? schema : { ...(document.$defs?.[name] ?? {}), ...schema };
}

function kindOf(schema: JsonSchema): Parameter["kind"] {
  if (schema.enum?.every((value) => typeof value === "string")) return "choice";
  if (schema.writeOnly) return "secret";
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

function textOf(value: unknown, kind: Parameter["kind"]): string {
  if (value === undefined || value === null) return kind === "switch" ? "false" : "";
  return kind === "json" ? JSON.stringify(value) : String(value);
}

/** The values that were typed, as the API takes them, without empty ones; `wrong` names those that cannot be read. */
export function readParameters(
  parameters: Parameter[],
  typed: Record<string, string>,
): { values: Record<string, unknown>; wrong: string[] } {
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const { name, kind, initial } of parameters) {
    const words = typed[name] ?? initial;
    if (words.trim() === "") continue;
    const value = parse(kind, words);
    if (value === undefined) wrong.push(name);
    else values[name] = value;
  }
  return { values, wrong };
}

/** Values of an earlier task as they would be typed; secret ones are not known. */
export function typedAgain(parameters: Parameter[], values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    parameters
      .filter(({ name, kind }) => kind !== "secret" && values[name] !== undefined && values[name] !== null)
      .map(({ name, kind }) => [name, textOf(values[name], kind)]),
  );
}

function parse(kind: Parameter["kind"], words: string): unknown {
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
