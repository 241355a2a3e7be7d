export const live = {
  open: "Live",
  openHelp: "Changes appear as they happen",
  connecting: "Connecting",
  lost: "Control plane unreachable",
  lostHelp: "Showing the last known data.",
  retryIn: (seconds: number) => `Trying again in ${seconds} s.`,
  retrying: "Trying again…",
  off: "Not live",
  offHelp: "Live updates need the permission event:read",
};
