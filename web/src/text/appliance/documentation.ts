export const documentation = {
  title: "Documentation",
  missing: "There is no such page in the documentation of this version.",
};
