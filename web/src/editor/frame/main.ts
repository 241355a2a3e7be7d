// The page in the editor's frame: Monaco with what an operator needs of it, told by the dashboard what to show.
import * as monaco from "monaco-editor/editor/editor.api";
import "monaco-editor/editor/browser/coreCommands";
import "monaco-editor/editor/browser/widget/diffEditor/diffEditor.contribution";
import "monaco-editor/editor/contrib/bracketMatching/browser/bracketMatching";
import "monaco-editor/editor/contrib/clipboard/browser/clipboard";
import "monaco-editor/editor/contrib/comment/browser/comment";
import "monaco-editor/editor/contrib/contextmenu/browser/contextmenu";
import "monaco-editor/editor/contrib/find/browser/findController";
import "monaco-editor/editor/contrib/folding/browser/folding";
import "monaco-editor/editor/contrib/gotoError/browser/gotoError";
import "monaco-editor/editor/contrib/hover/browser/hoverContribution";
import "monaco-editor/editor/contrib/indentation/browser/indentation";
import "monaco-editor/editor/contrib/linesOperations/browser/linesOperations";
import "monaco-editor/editor/contrib/multicursor/browser/multicursor";
import "monaco-editor/editor/contrib/suggest/browser/suggestController";
import "monaco-editor/editor/contrib/toggleTabFocusMode/browser/toggleTabFocusMode";
import "monaco-editor/editor/contrib/unicodeHighlighter/browser/unicodeHighlighter";
import "monaco-editor/editor/contrib/wordOperations/browser/wordOperations";
import EditorWorker from "monaco-editor/editor/editor.worker?worker";
import type { FromFrame, Offered, Problem, Reveal, Severity, Shown, ToFrame } from "../messages";
import "./frame.css";
import { configuration, NGINX, place, tokens } from "./nginx";
import { defineThemes } from "./themes";

const OWNER = "nimbus";
const SEVERITY: Record<Severity, monaco.MarkerSeverity> = {
  error: monaco.MarkerSeverity.Error,
  warning: monaco.MarkerSeverity.Warning,
  hint: monaco.MarkerSeverity.Hint,
};
const holder = document.getElementById("editor") as HTMLDivElement;

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };
monaco.languages.register({ id: NGINX });
monaco.languages.setMonarchTokensProvider(NGINX, tokens);
monaco.languages.setLanguageConfiguration(NGINX, configuration);
defineThemes(monaco.editor);

let offered: Offered[] = [];
monaco.languages.registerCompletionItemProvider(NGINX, {
  triggerCharacters: ["{"],
  provideCompletionItems(model, position, { triggerCharacter }) {
    const before = model.getValueInRange(new monaco.Range(1, 1, position.lineNumber, position.column));
    const wanted = place(before);
    // A brace that begins a block asks for nothing: what was offered then would be taken by the Enter after it.
    if (triggerCharacter !== undefined && wanted !== "value") return { suggestions: [] };
    const word = model.getWordUntilPosition(position);
    const range = new monaco.Range(
      position.lineNumber,
      word.startColumn,
      position.lineNumber,
      word.endColumn,
    );
    const suggestions = offered
      .filter(({ kind }) => kind === wanted)
      .map(({ name, kind, detail }) => ({
        label: name,
        insertText: name,
        detail,
        range,
        kind:
          kind === "value"
            ? monaco.languages.CompletionItemKind.Variable
            : monaco.languages.CompletionItemKind.Keyword,
      }));
    return { suggestions };
  },
});

function tell(message: FromFrame): void {
  parent.postMessage(message, location.origin);
}

const model = monaco.editor.createModel("", NGINX);
const original = monaco.editor.createModel("", NGINX);
// Braces of a template stand together: none is coloured by how deep it is.
const braces = { enabled: false, independentColorPoolPerBracketType: false };
for (const of of [model, original]) of.updateOptions({ bracketColorizationOptions: braces });
let one: monaco.editor.IStandaloneCodeEditor | undefined;
let both: monaco.editor.IStandaloneDiffEditor | undefined;
// What comes from the dashboard is not told to it as a change.
let taking = false;
let textNumber = -1;

model.onDidChangeContent(() => {
  if (!taking) tell({ kind: "text", text: model.getValue() });
});

function optionsOf(shown: Shown): monaco.editor.IEditorOptions & monaco.editor.IGlobalEditorOptions {
  return {
    ariaLabel: shown.label,
    readOnly: shown.readOnly,
    minimap: { enabled: false },
    automaticLayout: true,
    scrollBeyondLastLine: false,
    scrollbar: { alwaysConsumeMouseWheel: false },
    fontSize: 13,
    wordWrap: "on",
    renderWhitespace: shown.readOnly ? "none" : "boundary",
    stickyScroll: { enabled: false },
    quickSuggestions: !shown.readOnly,
    wordBasedSuggestions: "off",
    unicodeHighlight: { ambiguousCharacters: true, invisibleCharacters: true },
    lineNumbersMinChars: 3,
    padding: { top: 8, bottom: 8 },
    fixedOverflowWidgets: true,
  };
}

function tellHeight(editor: monaco.editor.ICodeEditor): void {
  editor.onDidContentSizeChange(() => tell({ kind: "height", height: editor.getContentHeight() }));
  tell({ kind: "height", height: editor.getContentHeight() });
}

function save(editor: monaco.editor.IStandaloneCodeEditor): void {
  editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => tell({ kind: "save" }));
}

function showOne(shown: Shown): void {
  both?.dispose();
  both = undefined;
  if (one === undefined) {
    one = monaco.editor.create(holder, { ...optionsOf(shown), model });
    save(one);
    tellHeight(one);
  } else one.updateOptions(optionsOf(shown));
}

function showBoth(shown: Shown, before: string): void {
  one?.dispose();
  one = undefined;
  if (original.getValue() !== before) original.setValue(before);
  const options = {
    ...optionsOf(shown),
    originalEditable: false,
    renderSideBySide: shown.sideBySide,
    useInlineViewWhenSpaceIsLimited: true,
    hideUnchangedRegions: { enabled: true },
    renderOverviewRuler: false,
  };
  if (both === undefined) {
    both = monaco.editor.createDiffEditor(holder, options);
    both.setModel({ original, modified: model });
    save(both.getModifiedEditor() as monaco.editor.IStandaloneCodeEditor);
    tellHeight(both.getModifiedEditor());
  } else both.updateOptions(options);
}

function marker({ message, line = 1, column, severity }: Problem): monaco.editor.IMarkerData {
  const at = Math.min(Math.max(line, 1), model.getLineCount());
  const start = column ?? model.getLineFirstNonWhitespaceColumn(at) ?? 1;
  return {
    message,
    severity: SEVERITY[severity],
    startLineNumber: at,
    startColumn: Math.max(start, 1),
    endLineNumber: at,
    endColumn: model.getLineMaxColumn(at),
  };
}

function show(shown: Shown): void {
  monaco.editor.setTheme(shown.dark ? "nimbus-dark" : "nimbus-light");
  document.documentElement.style.colorScheme = shown.dark ? "dark" : "light";
  const language = shown.language === "nginx" ? NGINX : "plaintext";
  for (const of of [model, original]) monaco.editor.setModelLanguage(of, language);
  if (textNumber !== shown.textNumber) {
    textNumber = shown.textNumber;
    taking = true;
    model.setValue(shown.text);
    taking = false;
  }
  offered = shown.offered;
  if (shown.original === undefined) showOne(shown);
  else showBoth(shown, shown.original);
  monaco.editor.setModelMarkers(model, OWNER, shown.problems.map(marker));
}

function reveal({ line, column }: Reveal): void {
  const editor = one ?? both?.getModifiedEditor();
  if (editor === undefined) return;
  const position = { lineNumber: line, column: column ?? 1 };
  editor.revealPositionInCenter(position);
  editor.setPosition(position);
  editor.focus();
}

addEventListener("message", ({ source, origin, data }: MessageEvent<ToFrame>) => {
  if (source !== parent || origin !== location.origin) return;
  if (data.kind === "show") show(data);
  else if (data.kind === "reveal") reveal(data);
});
tell({ kind: "ready" });
