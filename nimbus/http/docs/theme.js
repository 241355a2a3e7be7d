// Light or dark as it was chosen in the dashboard; else as the system.
const chosen = localStorage.getItem("mantine-color-scheme-value");
if (chosen === "light" || chosen === "dark") document.documentElement.style.colorScheme = chosen;
