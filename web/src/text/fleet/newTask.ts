export const newTask = {
  run: "Run task",
  cancel: "Cancel",
  addMatching: (count: number) => `Add all ${count.toLocaleString("en")} matching nodes`,
  addAll: (count: number) => `Add all ${count.toLocaleString("en")} nodes`,
};
