export const unsaved = {
  title: "Leave without saving?",
  consequences: "Your changes on this page will be lost.",
  stay: "Stay on this page",
  leave: "Discard changes",
};
