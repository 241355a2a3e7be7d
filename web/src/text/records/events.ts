export const events = {
  title: "Events",
  /** Before the link to the audit log. */
  intro: "Changes of the last hours, live. For every action, also refused ones, see the",
  kind: "Kind",
  kindHelp: "task.*, node.state",
  none: "No events yet",
};
