export const palette = {
  newTask: "New task",
  light: "Use the light theme",
  dark: "Use the dark theme",
  system: "Use the system theme",
  controlPlane: "The control plane that you are signed in to",
};
