// "Try it": sends a request as the form says. The key or token is held in a variable of this module, nowhere else.
import { element } from "/api/docs/schema.js";
import { sessionToken } from "/api/docs/session.js";

const held = { kind: "session", value: "" };
let number = 0;

function labelled(text, input, note = "") {
  number += 1;
  input.id = `field-${number}`;
  const label = element("label", { for: input.id }, [text, note ? element("span", { class: "required" }, ` ${note}`) : ""]);
  return element("div", { class: "row" }, [label, input]);
}

export function credentials() {
  const kind = element("select", { name: "kind" }, [
    element("option", { value: "session" }, "Your dashboard session"),
    element("option", { value: "key" }, "API key (X-API-Key)"),
    element("option", { value: "token" }, "Token (Bearer)"),
  ]);
  const value = element("input", { type: "password", autocomplete: "off", spellcheck: "false", class: "mono", name: "credential" });
  const row = labelled("Key or token", value);
  kind.value = held.kind;
  value.value = held.value;
  row.hidden = held.kind === "session";
  kind.addEventListener("change", () => {
    held.kind = kind.value;
    row.hidden = held.kind === "session";
  });
  value.addEventListener("input", () => { held.value = value.value.trim(); });
  return element("div", {}, [labelled("Sign in with", kind), row]);
}

// The headers that say who sends the request; null: there is no session, and this was said.
async function authentication(operation, result) {
  if (operation["x-permission"] === "public") return {};
  if (held.kind === "key") return held.value ? { "X-API-Key": held.value } : {};
  if (held.kind === "token") return held.value ? { Authorization: `Bearer ${held.value}` } : {};
  const token = await sessionToken();
  if (token) return { Authorization: `Bearer ${token}` };
  result.replaceChildren(element("p", { class: "problem" }, [
    "You are not signed in. ", element("a", { href: "/" }, "Sign in to the dashboard"), ", or choose a key or token above.",
  ]));
  return null;
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
    words.push(held.kind === "token" ? '-H "Authorization: Bearer $NIMBUS_TOKEN"' : '-H "X-API-Key: $NIMBUS_API_KEY"');
  }
  for (const [name, value] of Object.entries(headersOf(inputs, media, body))) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) words.push(`-d ${quoted(body)}`);
  words.push(quoted(location.origin + address(operation, inputs)));
  return words.join(" \\\n  ");
}

async function send(operation, inputs, media, body, result) {
  const began = performance.now();
  let response;
  let text;
  try {
    const who = await authentication(operation, result);
    if (who === null) return;
    const headers = { ...headersOf(inputs, media, body), ...who };
    const options = { method: operation.method.toUpperCase(), headers, body: body || undefined, credentials: "omit", cache: "no-store" };
    response = await fetch(address(operation, inputs), options);
    text = await response.text();
  } catch (error) {
    result.replaceChildren(element("p", { class: "problem" }, `No response: ${error.message}. Check that the control plane is running and that you are connected.`));
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
    element("pre", { tabindex: "0", "aria-label": "Response headers" }, shown.map(([name, value]) => `${name}: ${value}`).join("\n")),
    element("pre", { tabindex: "0", "aria-label": "Response body", "data-answer": String(response.status) }, text || "(no body)"),
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
  const command = element("pre", { tabindex: "0", "aria-label": "Request as a curl command" });
  const result = element("div", { role: "status", "aria-live": "polite" });
  const button = element("button", { type: "submit" }, operation.method === "get" ? "Send" : "Send (can make changes)");
  const form = element("form", { class: "try" }, [
    ...(operation["x-permission"] === "public" ? [] : [credentials()]),
    ...inputs.map(([one, input]) => labelled(one.name, input, one.required ? "required" : "")),
    ...(body ? [labelled("Body", body)] : []),
    element("p", { class: "soft" }, "With curl (ca.crt: the CA of this control plane, from /v1/ca):"), command,
    ...(operation["x-command"] ? [
      element("p", { class: "soft" }, "With nimbus, for example:"),
      element("pre", { tabindex: "0", "aria-label": "Example of the nimbus command" }, operation["x-command"]),
    ] : []),
    button, result,
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
