export const events = {
  title: "Events",
  intro: "Live changes from the last 24 hours. For who did what, see the audit log.",
  kind: "Kind",
  kindHelp: "task.*, node.state",
  none: "No events yet",
};
