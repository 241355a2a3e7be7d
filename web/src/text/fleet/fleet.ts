export const fleet = {
  title: "Fleet",
  nodesByState: "Nodes",
  attention: "Needs attention",
  allWell: "Nothing needs attention",
  nodes: (number: number) => (number === 1 ? "1 node" : `${number.toLocaleString("en")} nodes`),
  reasons: {
    offline: "no heartbeat",
    degraded: "a health check fails",
    disk_full: "disk nearly full",
    certificate_expiring: "certificate expires soon",
  } as Record<string, string>,
  allInState: (state: string) => `List all nodes that are ${state.toLowerCase()}`,
  inFlight: "Running tasks",
  noTasks: "No tasks queued or running",
  recentEvents: "Recent events",
  seeAll: "See all",
  nothingShared: "You do not have access to anything yet",
  nothingSharedText: (name: string) =>
    `You are signed in as ${name}. Ask an administrator for a role in a workspace, then reload this page.`,
  emptyTitle: "Join your first node",
  emptyText:
    "A node is a Linux machine that runs the Nimbus agent. Create a command, run it on the machine, and the node appears here.",
};
