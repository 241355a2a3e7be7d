const tasks = (count: number) => `${count.toLocaleString("en")} ${count === 1 ? "task" : "tasks"}`;

export const bulkTasks = {
  cancel: (count: number) => `Cancel ${tasks(count)}`,
  cancelTitle: (count: number) => `Cancel ${tasks(count)}?`,
  cancelled: (count: number) => `${tasks(count)} cancelled`,
  retry: (count: number) => `Retry ${tasks(count)}`,
  retryTitle: (count: number) => `Retry ${tasks(count)}?`,
  retryText: "Each runs again as a new task on the same node.",
  retried: (count: number) => `${tasks(count)} started again`,
  others: (count: number) =>
    count === 0 ? "" : `${tasks(count)} of the selection ${count === 1 ? "is" : "are"} not affected.`,
  failed: (failed: number, total: number) => `${failed} of ${total} not changed`,
  anyNode: "Any node",
};
