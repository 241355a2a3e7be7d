export const access = {
  title: "Effective access",
  filter: "Filter by permission",
  means: (permission: string, description: string) => `${permission}: ${description}`,
  none: "No access",
  noneOf: (permission: string) => `Nothing grants ${permission}.`,
  through: "Through",
  group: (name: string) => `group ${name}`,
  sources: {
    administrator: "administrator",
    grant: "grant",
    group: "group",
    visibility: "cross-workspace visibility",
  } as Record<string, string>,
  everywhere: "The whole control plane",
};
