export const palette = {
  newTask: "New task",
  light: "Use the light theme",
  dark: "Use the dark theme",
  system: "Use the system theme",
};
