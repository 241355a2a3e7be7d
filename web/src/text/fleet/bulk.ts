export const bulk = {
  startTitle: (count: number) => `Start maintenance on ${count.toLocaleString("en")} nodes`,
  endTitle: (count: number) => `End maintenance on ${count.toLocaleString("en")} nodes`,
  startText: "Nodes in maintenance get no new tasks and cause no alerts.",
  endText: "The nodes get tasks again.",
  /** Has to be typed. */
  deleteWord: (count: number) => `delete ${count} nodes`,
};
