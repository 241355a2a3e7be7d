export const events = {
  title: "Events",
  intro: "What has changed, as it changes. Kept for a day; the audit log has who did it, for longer.",
  kind: "Kind",
  kindHelp: "task.*, node.state",
  none: "Nothing has happened here yet.",
};
