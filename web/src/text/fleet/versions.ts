export const versions = {
  any: "Any version",
  outdated: (nodes: number) => `Outdated (${nodes.toLocaleString("en")})`,
  count: (word: string, nodes: number) => `${word} (${nodes.toLocaleString("en")})`,
  anySystem: "Any system",
  older: "Older than the control plane",
  notice: (version: string) => `The agent (${version}) is older than the control plane.`,
  next: "Run the command of Join a node on this machine: it installs the current agent, and the node stays as it is.",
  restart: "Then restart it:",
  command: "command",
};
