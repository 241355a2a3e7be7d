export const fleet = {
  title: "Fleet",
  nodesByState: "Nodes",
  attention: "Needs attention",
  allWell: "Nothing needs attention",
  inFlight: "Tasks in flight",
  noTasks: "No task is queued or running.",
  recentEvents: "Recent events",
  seeAll: "See all",
  nothingShared: "Nothing has been shared with you yet",
  nothingSharedText: (name: string) =>
    `You are signed in as ${name}. Ask an administrator for a role in a workspace, then load this page anew.`,
  emptyTitle: "Join your first node",
  emptyText:
    "A node is any Linux machine that runs the Nimbus agent. Make a one-time token, run the command on the machine, and watch it appear here.",
};
