export const editor = {
  loading: "The editor is loading",
  failed: "The editor did not load. You can work on the plain text here.",
  again: "Load the editor again",
  readOnlyHere: "This screen is too small for the editor: the text can only be read.",
  keys: "Ctrl+M: Tab moves to the next field",
  line: (line: number) => `Line ${line}`,
  severity: { error: "Error", warning: "Warning", hint: "Hint" },
};
