import type { editor } from "monaco-editor/editor/editor.api";

// The colours of the dashboard's code, each with a contrast of at least 4.5 to its background (WCAG 2.2, 1.4.3), which
// is that of panels.
const LIGHT = {
  background: "#ffffff",
  keyword: "1d4ed8",
  variable: "9a3412",
  string: "166534",
  number: "7c2d92",
  comment: "5c6470",
  mark: "a8186d",
};
const DARK = {
  background: "#1b1f26",
  keyword: "8ab4ff",
  variable: "f5b26b",
  string: "8fd19e",
  number: "d6a6ee",
  comment: "9aa3af",
  mark: "f59ac6",
};

export function defineThemes(of: typeof editor): void {
  of.defineTheme("nimbus-light", theme("vs", LIGHT));
  of.defineTheme("nimbus-dark", theme("vs-dark", DARK));
}

function theme(base: editor.BuiltinTheme, colors: typeof LIGHT): editor.IStandaloneThemeData {
  const rules = [
    { token: "keyword", foreground: colors.keyword },
    { token: "variable", foreground: colors.variable },
    { token: "string", foreground: colors.string },
    { token: "regexp", foreground: colors.string },
    { token: "number", foreground: colors.number },
    { token: "constant", foreground: colors.number },
    { token: "comment", foreground: colors.comment },
    { token: "metatag", foreground: colors.mark },
  ];
  return { base, inherit: true, rules, colors: { "editor.background": colors.background } };
}
