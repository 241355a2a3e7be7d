// "Try it": sends a request as the form says. The key or token is held in a variable of this module, nowhere else.
import { element } from "/api/docs/schema.js";

const held = { kind: "key", value: "" };
let number = 0;

function labelled(text, input, note = "") {
  number += 1;
  input.id = `field-${number}`;
  const label = element("label", { for: input.id }, [text, note ? element("span", { class: "required" }, ` ${note}`) : ""]);
  return element("div", { class: "row" }, [label, input]);
}

export function credentials() {
  const kind = element("select", {}, [
    element("option", { value: "key" }, "API key (X-API-Key)"), element("option", { value: "token" }, "Token (Bearer)"),
  ]);
  const value = element("input", { type: "password", autocomplete: "off", spellcheck: "false", class: "mono", name: "credential" });
  kind.value = held.kind;
  value.value = held.value;
  kind.addEventListener("change", () => { held.kind = kind.value; });
  value.addEventListener("input", () => { held.value = value.value.trim(); });
  return element("div", {}, [labelled("Sign in with", kind), labelled("Key or token", value)]);
}

function address(operation, inputs) {
  const query = new URLSearchParams();
  let path = operation.path;
  for (const [one, input] of inputs) {
    if (one.in === "path") path = path.replace(`{${one.name}}`, encodeURIComponent(input.value) || `{${one.name}}`);
    if (one.in === "query" && input.value !== "") query.set(one.name, input.value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function headersOf(inputs, media, body) {
  const headers = {};
  for (const [one, input] of inputs) if (one.in === "header" && input.value !== "") headers[one.name] = input.value;
  if (body) headers["Content-Type"] = media;
  return headers;
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function curl(operation, inputs, media, body) {
  const words = ["curl --cacert ca.crt"];
  if (operation.method !== "get") words.push(`-X ${operation.method.toUpperCase()}`);
  if (operation["x-permission"] !== "public") {
    words.push(held.kind === "key" ? '-H "X-API-Key: $NIMBUS_API_KEY"' : '-H "Authorization: Bearer $NIMBUS_TOKEN"');
  }
  for (const [name, value] of Object.entries(headersOf(inputs, media, body))) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) words.push(`-d ${quoted(body)}`);
  words.push(quoted(location.origin + address(operation, inputs)));
  return words.join(" \\\n  ");
}

async function send(operation, inputs, media, body, result) {
  const headers = headersOf(inputs, media, body);
  if (held.value) {
    if (held.kind === "key") headers["X-API-Key"] = held.value;
    else headers.Authorization = `Bearer ${held.value}`;
  }
  const began = performance.now();
  let response;
  let text;
  try {
    const options = { method: operation.method.toUpperCase(), headers, body: body || undefined, credentials: "omit", cache: "no-store" };
    response = await fetch(address(operation, inputs), options);
    text = await response.text();
  } catch (error) {
    result.replaceChildren(element("p", { class: "problem" }, `There was no answer: ${error.message}. Is the control plane running, and is the connection up?`));
    return;
  }
  try {
    text = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: shown as it came.
  }
  const shown = [...response.headers].filter(([name]) => ["etag", "x-request-id", "retry-after", "content-type", "idempotency-replayed"].includes(name));
  result.replaceChildren(
    element("p", {}, [
      element("span", { class: response.ok ? "good" : "bad" }, `${response.status} ${response.statusText}`),
      ` in ${Math.round(performance.now() - began)} ms`,
    ]),
    element("pre", { tabindex: "0", "aria-label": "Headers of the answer" }, shown.map(([name, value]) => `${name}: ${value}`).join("\n")),
    element("pre", { tabindex: "0", "aria-label": "Body of the answer", "data-answer": String(response.status) }, text || "(no body)"),
  );
}

export function tryIt(operation, media, bodyExample) {
  const inputs = operation.parameters.map((one) => {
    const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", class: "mono", name: one.name });
    if (one.required) input.required = true;
    if (one.example) input.placeholder = `for example ${one.example}`;
    return [one, input];
  });
  const body = bodyExample === null ? null : element("textarea", { spellcheck: "false", name: "body" });
  if (body) body.value = bodyExample;
  const command = element("pre", { tabindex: "0", "aria-label": "The request as a curl command" });
  const result = element("div", { role: "status", "aria-live": "polite" });
  const button = element("button", { type: "submit" }, operation.method === "get" ? "Send" : "Send (this may change something)");
  const form = element("form", { class: "try" }, [
    ...(operation["x-permission"] === "public" ? [] : [credentials()]),
    ...inputs.map(([one, input]) => labelled(one.name, input, one.required ? "required" : "")),
    ...(body ? [labelled("Body", body)] : []),
    element("p", { class: "soft" }, "As a command (ca.crt is /v1/ca of this control plane):"), command, button, result,
  ]);
  const update = () => { command.textContent = curl(operation, inputs, media, body?.value.trim() ?? ""); };
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    await send(operation, inputs, media, body?.value.trim() ?? "", result);
    button.disabled = false;
  });
  update();
  return form;
}
