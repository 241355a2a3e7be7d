export const join = {
  copy: "Copy command",
  copied: "Copied",
  showWhole: "Show the whole command",
};
