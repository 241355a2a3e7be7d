/** The two buttons of a question whose answer could be called "Cancel" as well. */
export const confirmations = {
  cancelTask: "Cancel task",
  keepRunning: "Keep running",
};
