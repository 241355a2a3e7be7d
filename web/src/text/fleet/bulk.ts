export const bulk = {
  startTitle: (count: number) => `Start maintenance on ${count.toLocaleString("en")} nodes`,
  endTitle: (count: number) => `End maintenance on ${count.toLocaleString("en")} nodes`,
  endText: "The nodes count as needing attention again when they are offline or degraded.",
  /** Has to be typed. */
  deleteWord: (count: number) => `delete ${count} nodes`,
};
