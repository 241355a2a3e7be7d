export const grantFilters = {
  anyUser: "Any user",
  anyState: "Any state",
  nobody: "Not assigned to anyone",
};
