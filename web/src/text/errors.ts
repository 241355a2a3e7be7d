export const errors = {
  unreachable: "The control plane does not answer",
  unreachableNext: "This page goes on by itself as soon as it does.",
  foreignAnswer: (status: number) =>
    `Something between here and the control plane answered with status ${status}`,
  requestId: "Request",
  requestIdHelp: "Finds this request in the control plane's log",
  tryAgain: "Try again",
  notFoundTitle: "There is nothing here",
  notFoundText: "The address is wrong, or what it named has been deleted.",
  crashTitle: "This page failed",
  crashText: "The rest of the dashboard still works. What failed:",
  failed: "Failed",
};
