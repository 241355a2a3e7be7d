export const table = {
  total: (count: number) => `Total: ${count.toLocaleString("en")}`,
  downloadCsv: "Download CSV",
  selectedOf: (count: number, total: number) =>
    `${count.toLocaleString("en")} of ${total.toLocaleString("en")} selected`,
  selectAll: (total: number) => `Select all ${total.toLocaleString("en")}`,
  onlyWorkspace: (name: string) => `Only workspace ${name}`,
  allWorkspaces: "Show all workspaces",
  filters: "Filters",
  only: (value: string) => `Only ${value}`,
  removeFilter: (name: string) => `Remove filter: ${name}`,
  labelFilter: "Filter by label",
  onlyLabel: (label: string) => `Filter by ${label}`,
};
