export const grantFilters = {
  anyUser: "Any user",
  nobody: "Not assigned to anyone",
};
