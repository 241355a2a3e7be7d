// Shows /api/v1/openapi.json. Whatever comes from there, or from an answer, goes in as text, never as markup.
import { element, listOf, schemaOf, example } from "/api/docs/schema.js";
import { tryIt, credentials } from "/api/docs/try.js";

const main = document.getElementById("main");
const search = document.getElementById("search");
// On a narrow screen the list stands above what it leads to, folded unless it is used.
const all = document.getElementById("all");
const narrow = matchMedia("(max-width: 52rem)");
const operations = [];
let description = null;

function collect() {
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const words = [method, path, operation.summary, operation["x-permission"], operation.tags[0]];
      operations.push({ method, path, ...operation, text: words.join(" ").toLowerCase() });
    }
  }
}

function methodLabel(method) {
  return element("span", { class: `method ${method}` }, method.toUpperCase());
}

function list() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = operations.filter((one) => words.every((word) => one.text.includes(word)));
  const groups = new Map();
  for (const one of found) groups.set(one.tags[0], [...(groups.get(one.tags[0]) ?? []), one]);
  const current = location.hash.slice(1);
  const shown = [...groups].map(([tag, members]) => {
    const isOpen = words.length > 0 || members.some((one) => one.operationId === current);
    const items = members.map((one) => {
      const link = element("a", { href: `#${one.operationId}`, title: one.summary }, [
        methodLabel(one.method), element("span", { class: "path" }, one.path.replace("/api/v1", "")),
      ]);
      if (one.operationId === current) link.setAttribute("aria-current", "page");
      return element("li", {}, [link]);
    });
    return element("details", isOpen ? { open: "" } : {}, [
      element("summary", {}, `${tag} (${members.length})`), element("ul", {}, items),
    ]);
  });
  document.getElementById("operations").replaceChildren(...shown);
  document.getElementById("found").textContent = words.length ? `${found.length} of ${operations.length} operations` : "";
}

function paragraphs(text) {
  const isNews = (part) => part && !part.startsWith("Needs the permission `");
  return (text ?? "").split("\n\n").filter(isNews).map((part) => element("p", {}, part.replaceAll("`", "")));
}

function mayCall(operation) {
  const named = operation["x-permission"];
  const words = { public: "No sign-in needed", "signed-in": "Any user or key" };
  return element("p", {}, [element("span", { class: "may" }, words[named] ?? `Permission: ${named}`)]);
}

function parameterTable(operation) {
  const rows = operation.parameters.map((one) => element("tr", {}, [
    element("td", {}, [
      element("code", {}, one.name),
      one.required ? element("span", { class: "required" }, " required") : "",
    ]),
    element("td", {}, [element("span", { class: "soft" }, one.in)]),
    element("td", {}, [schemaOf(one.schema, description), element("div", {}, (one.description ?? "").replaceAll("`", ""))]),
  ]));
  const head = element("thead", {}, [element("tr", {}, ["Name", "In", "Description"].map((text) => element("th", { scope: "col" }, text)))]);
  return element("table", {}, [head, element("tbody", {}, rows)]);
}

function answer(status, given) {
  const response = given.$ref ? description.components.responses[given.$ref.split("/").pop()] : given;
  const parts = [element("summary", {}, [
    element("strong", { class: status < 400 ? "good" : "bad" }, status), ` ${response.description.replaceAll("`", "")}`,
  ])];
  const headers = Object.entries(response.headers ?? {});
  if (headers.length) {
    parts.push(element("ul", { class: "fields" }, headers.map(([name, header]) => element("li", {}, [
      element("code", {}, name), ` ${header.description.replaceAll("`", "")}`,
    ]))));
  }
  for (const [media, content] of Object.entries(response.content ?? {})) {
    parts.push(element("p", { class: "soft" }, media), listOf(content.schema ?? {}, description));
  }
  return element("details", {}, parts);
}

function bodyText(media, value) {
  return media === "application/json" ? JSON.stringify(value, null, 2) : new URLSearchParams(value).toString();
}

function section(title, ...content) {
  return [element("h3", {}, title), ...content];
}

function operationPage(operation) {
  const parts = [
    element("h2", {}, [methodLabel(operation.method), ` ${operation.path}`]),
    element("p", {}, operation.summary), mayCall(operation), ...paragraphs(operation.description),
  ];
  if (operation.parameters.length) parts.push(...section("Parameters", parameterTable(operation)));
  const [media, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? ["", null];
  const body = content ? bodyText(media, example(content.schema, description)) : null;
  if (content) {
    const word = operation.requestBody.required ? "Body" : "Body (optional)";
    const about = media === "application/json" ? "" : element("p", { class: "soft" }, media);
    parts.push(...section(word, about, listOf(content.schema, description), element("pre", {}, body)));
  }
  parts.push(...section("Responses", ...Object.entries(operation.responses).map(([status, one]) => answer(status, one))));
  parts.push(...section("Try it", tryIt(operation, media, body)));
  return parts;
}

function startPage() {
  return [
    element("h2", {}, description.info.summary), ...paragraphs(description.info.description),
    ...section("Try it", element("p", {}, "Requests from this page use your dashboard session, or a key or token that you enter. A key is kept in this page's memory only, until you leave."), credentials()),
  ];
}

function show(isFirst) {
  const operation = operations.find((one) => one.operationId === location.hash.slice(1));
  main.replaceChildren(...(operation ? operationPage(operation) : startPage()));
  document.title = operation ? `${operation.summary} – Nimbus API` : "Nimbus API";
  list();
  if (narrow.matches) all.open = false;
  if (!isFirst) {
    main.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

async function start() {
  try {
    const response = await fetch("/api/v1/openapi.json", { credentials: "omit" });
    if (!response.ok) throw new Error(`the control plane answered ${response.status}`);
    description = await response.json();
  } catch (error) {
    const again = element("button", { type: "button" }, "Try again");
    again.addEventListener("click", start);
    main.replaceChildren(element("div", { class: "problem", role: "alert" }, [
      element("p", {}, `The API description could not be loaded: ${error.message}.`), again,
    ]));
    return;
  }
  document.getElementById("version").textContent = description.info.version;
  collect();
  show(true);
  narrow.addEventListener("change", () => { all.open = !narrow.matches; });
  search.addEventListener("input", () => {
    all.open = true;
    list();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    search.focus();
  });
  window.addEventListener("hashchange", () => {
    if (location.hash !== "#main") show(false);
  });
}

start();
