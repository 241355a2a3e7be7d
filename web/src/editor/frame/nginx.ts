import type { languages } from "monaco-editor/editor/editor.api";

// nginx's configuration as its own reader takes it (ngx_conf_read_token), with the marks of templates in it: `{{name}}`,
// `{{#if name}}`, `{{/if}}`, `{{else}}`.

export const NGINX = "nginx";

export const tokens: languages.IMonarchLanguage = {
  defaultToken: "",
  tokenPostfix: "",
  brackets: [{ open: "{", close: "}", token: "delimiter.curly" }],
  tokenizer: {
    // At the beginning of a directive.
    root: [
      [/\{\{/, "metatag", "@mark"],
      [/\s+/, ""],
      [/#.*$/, "comment"],
      [/\}/, "@brackets"],
      [/;/, "delimiter"],
      [/[A-Za-z_][\w-]*/, "keyword", "@words"],
      [/["']/, { token: "@rematch", next: "@words" }],
      [/./, "", "@words"],
    ],
    // After its name, up to `;` or `{`.
    words: [
      [/\{\{/, "metatag", "@mark"],
      [/\s+/, ""],
      [/#.*$/, "comment"],
      [/;/, "delimiter", "@pop"],
      [/\{/, "@brackets", "@pop"],
      [/\}/, "@brackets", "@pop"],
      [/"/, "string", "@double"],
      [/'/, "string", "@single"],
      [/!?~\*?(?=\s)/, "regexp", "@pattern"],
      [/\$\{\w+\}|\$\w+/, "variable"],
      [/(\d+(?:\.\d+)?)(ms|[smhdwMyKkGg]|r\/[sm])?(?=[\s;{])/, "number"],
      [/\b(on|off)(?=[\s;])/, "constant"],
      [/\\./, "string.escape"],
      [/[^\s;{}"'$\\#]+/, "attribute.value"],
      [/[$#\\]/, "attribute.value"],
    ],
    // A regular expression of a location or an `if`: up to a blank, with its braces only within quotes.
    pattern: [
      [/\s+/, ""],
      [/"/, { token: "regexp", switchTo: "@quotedPattern" }],
      [/[^\s{;]+/, "regexp", "@pop"],
      [/(?=[{;])/, "", "@pop"],
    ],
    quotedPattern: [
      [/\\./, "regexp"],
      [/"/, "regexp", "@pop"],
      [/[^"\\]+/, "regexp"],
    ],
    double: [
      [/\{\{/, "metatag", "@mark"],
      [/\\./, "string.escape"],
      [/\$\{\w+\}|\$\w+/, "variable"],
      [/"/, "string", "@pop"],
      [/[^"\\${]+|[${]/, "string"],
    ],
    single: [
      [/\{\{/, "metatag", "@mark"],
      [/\\./, "string.escape"],
      [/\$\{\w+\}|\$\w+/, "variable"],
      [/'/, "string", "@pop"],
      [/[^'\\${]+|[${]/, "string"],
    ],
    mark: [
      [/\}\}/, "metatag", "@pop"],
      [/[#/](if|unless|each)\b|\belse\b/, "metatag.keyword"],
      [/[\w.@/]+/, "metatag.value"],
      [/\s+/, ""],
      [/./, "metatag"],
    ],
  },
};

export const configuration: languages.LanguageConfiguration = {
  comments: { lineComment: "#" },
  brackets: [["{", "}"]],
  autoClosingPairs: [
    { open: "{", close: "}" },
    { open: '"', close: '"', notIn: ["string", "comment"] },
    { open: "'", close: "'", notIn: ["string", "comment"] },
  ],
  surroundingPairs: [
    { open: "{", close: "}" },
    { open: '"', close: '"' },
    { open: "'", close: "'" },
  ],
  wordPattern: /[\w-]+/,
  indentationRules: { increaseIndentPattern: /\{\s*(#.*)?$/, decreaseIndentPattern: /^\s*\}/ },
};

/** What may be written where the cursor stands: `before` is the text up to it. */
export function place(before: string): "directive" | "value" | "nothing" {
  if (before.lastIndexOf("{{") > before.lastIndexOf("}}")) return "value";
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (line.includes("#")) return "nothing";
  const last = before
    .replace(/[\w-]*$/, "")
    .replace(/\{\{[^}]*\}\}/g, "")
    .trimEnd()
    .at(-1);
  return last === undefined || last === ";" || last === "{" || last === "}" ? "directive" : "nothing";
}
