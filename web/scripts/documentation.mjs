// A page of docs/ as the dashboard shows it: `import("../docs/roles.md")` gives its title and its content as a tree of
// elements, of the few kinds below. HTML, and whatever else a page could contain, ends the build.
import { Marked } from "marked";

const OWN_PAGE = /^([\w-]+)\.md(#.*)?$/;
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

/** As GitHub makes them of headings. */
function anchorOf(text) {
  const plain = text.replaceAll("`", "").toLowerCase();
  return plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
}

/** Links to other pages stay; what is not carried along (pictures, decisions, the source) is text alone. */
function addressOf(href) {
  if (href.startsWith("#") || href.startsWith("https://")) return href;
  const page = OWN_PAGE.exec(href);
  if (!page) return null;
  return page[1] === "README" ? "/docs" : `/docs/${page[1]}${page[2] ?? ""}`;
}

/** Marked escapes text for HTML; a tree needs none of that. */
const plain = (text) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);

/** Pages that are linked by their file: in the dashboard they are none. */
const withoutEnding = (content) => (typeof content === "string" ? content.replace(/\.md$/, "") : content);

const element = (tag, content, attributes = {}) => [tag, attributes, ...content];

function row(cells, tag) {
  return element(
    "tr",
    cells.map((cell) => element(tag, treeOf(cell.tokens))),
  );
}

const KINDS = {
  space: () => [],
  image: () => [],
  escape: ({ text }) => [plain(text)],
  text: ({ text, tokens }) => (tokens ? treeOf(tokens) : [plain(text)]),
  codespan: ({ text }) => [element("code", [plain(text)])],
  code: ({ text }) => [element("pre", [element("code", [text])])],
  strong: ({ tokens }) => [element("strong", treeOf(tokens))],
  em: ({ tokens }) => [element("em", treeOf(tokens))],
  br: () => [element("br", [])],
  paragraph({ tokens }) {
    const content = treeOf(tokens);
    return content.length > 0 ? [element("p", content)] : [];
  },
  heading({ tokens, depth, text }) {
    return depth === 1 ? [] : [element(`h${depth}`, treeOf(tokens), { id: anchorOf(text) })];
  },
  link({ href, tokens }) {
    const address = addressOf(href);
    const content = treeOf(tokens);
    if (address === null) return content;
    return [element("a", content.map(withoutEnding), { href: address })];
  },
  list({ ordered, items }) {
    return [
      element(
        ordered ? "ol" : "ul",
        items.map((item) => element("li", treeOf(item.tokens))),
      ),
    ];
  },
  table({ header, rows }) {
    const named = header.some((cell) => cell.text !== "");
    const body = element(
      "tbody",
      rows.map((cells) => row(cells, "td")),
    );
    return [element("table", named ? [element("thead", [row(header, "th")]), body] : [body])];
  },
};

function treeOf(tokens) {
  return tokens.flatMap((token) => {
    const kind = Object.hasOwn(KINDS, token.type) ? KINDS[token.type] : undefined;
    if (!kind) throw new Error(`the dashboard cannot show this part of a page: ${token.raw.trim()}`);
    return kind(token);
  });
}

export function pageOf(markdown) {
  const tokens = new Marked().lexer(markdown);
  const title = tokens.find((token) => token.type === "heading" && token.depth === 1)?.text ?? "";
  return { title: title.replaceAll("`", ""), content: treeOf(tokens) };
}

/** For Vite; with "?title", the title alone. */
export function documentation() {
  return {
    name: "documentation",
    transform(source, id) {
      const [name, part] = id.split("?");
      if (!name.endsWith(".md")) return undefined;
      const page = pageOf(source);
      const value = part === "title" ? page.title : page;
      return { code: `export default ${JSON.stringify(value)};`, map: null, moduleType: "js" };
    },
  };
}
