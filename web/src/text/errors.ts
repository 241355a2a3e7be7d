export const errors = {
  unreachable: "Cannot reach the control plane",
  unreachableNext: "This page continues on its own when the connection is back.",
  foreignAnswer: (status: number) => `A proxy in front of the control plane answered with status ${status}`,
  requestId: "Request",
  requestIdHelp: "Search the control plane's log for this ID",
  tryAgain: "Try again",
  notFoundTitle: "Page not found",
  notFoundText: "It may have been moved or deleted.",
  crashTitle: "This page could not be shown",
  crashText: "The rest of the dashboard still works. Error:",
};
