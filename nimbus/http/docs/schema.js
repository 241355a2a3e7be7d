// JSON Schema as text and lists; `$ref` is followed when somebody opens it, so that types may contain themselves.

export function element(name, attributes, content = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...(Array.isArray(content) ? content : [content]));
  return made;
}

export function resolve(schema, description) {
  let found = schema;
  for (let depth = 0; found?.$ref && depth < 20; depth += 1) {
    found = description.components.schemas[found.$ref.split("/").pop()] ?? {};
  }
  return found ?? {};
}

function typeName(schema, description) {
  if (schema.anyOf) return schema.anyOf.map((one) => typeName(one, description)).join(" or ");
  if (schema.$ref) {
    const inner = resolve(schema, description);
    return inner.enum ? typeName(inner, description) : schema.$ref.split("/").pop();
  }
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `list of ${typeName(schema.items ?? {}, description)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `map of ${typeName(schema.additionalProperties, description)}`;
  }
  return Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type ?? "anything";
}

function limits(schema) {
  const words = [];
  if (schema.minimum !== undefined) words.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) words.push(`to ${schema.maximum}`);
  if (schema.maxLength !== undefined) words.push(`at most ${schema.maxLength} characters`);
  if (schema.pattern) words.push(`matches ${schema.pattern}`);
  const value = schema.default;
  const isPlain = value !== undefined && value !== null && value !== "" && typeof value !== "object";
  if (isPlain) words.push(`default ${JSON.stringify(value)}`);
  return words.length ? `, ${words.join(", ")}` : "";
}

export function schemaOf(schema, description) {
  return element("span", { class: "kind" }, typeName(schema, description) + limits(schema));
}

// What there is to open: the first object in a list, a map or a choice.
function inside(schema, description) {
  const found = resolve(schema, description);
  if (found.properties) return found;
  for (const one of [...(found.anyOf ?? []), found.items, found.additionalProperties]) {
    if (one && typeof one === "object") {
      const inner = inside(one, description);
      if (inner) return inner;
    }
  }
  return null;
}

export function listOf(schema, description) {
  const object = inside(schema, description);
  if (!object) return element("p", {}, [schemaOf(schema, description)]);
  const required = new Set(object.required ?? []);
  const items = Object.entries(object.properties).map(([name, inner]) => {
    const text = (inner.description ?? "").replaceAll("`", "");
    const line = [
      element("code", {}, name), " ", schemaOf(inner, description),
      required.has(name) ? element("span", { class: "required" }, " required") : "",
      text ? element("span", {}, ` – ${text}`) : "",
    ];
    if (!inside(inner, description)) return element("li", {}, line);
    const details = element("details", {}, [element("summary", {}, line)]);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(listOf(inner, description));
    });
    return element("li", {}, [details]);
  });
  const about = object.description ? [element("p", { class: "soft" }, object.description.replaceAll("`", ""))] : [];
  return element("div", {}, [...about, element("ul", { class: "fields" }, items)]);
}

export function example(schema, description, depth = 0) {
  const found = resolve(schema, description);
  if (found.examples?.length) return found.examples[0];
  if (found.default !== undefined && found.default !== null) return found.default;
  if (found.enum) return found.enum[0];
  if (found.anyOf) return example(found.anyOf[0], description, depth + 1);
  if (found.type === "array") return [];
  if (found.properties && depth < 4) {
    const wanted = found.required ?? [];
    return Object.fromEntries(wanted.map((name) => [name, example(found.properties[name], description, depth + 1)]));
  }
  return { string: "", integer: 0, number: 0, boolean: false, object: {} }[found.type] ?? null;
}
