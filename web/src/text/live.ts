export const live = {
  open: "Live",
  openHelp: "Changes show as they happen",
  connecting: "Connecting",
  lost: "Control plane unreachable",
  lostHelp:
    "What you see is from before. It is brought up to date as soon as the control plane answers again.",
  off: "Not live",
  offHelp: "Following changes needs the permission event:read",
};
