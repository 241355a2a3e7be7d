export const events = {
  title: "Events",
  intro: "What has changed, as it changes. Kept for a day; the audit log has who did it, for longer.",
  kind: "Kind",
  kindHelp: "task.*, node.state",
  resource: "Resource",
  none: "Nothing has happened here yet.",
  at: "When",
  what: "What",
};
