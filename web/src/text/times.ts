export const times = {
  title: "Times",
  styles: { relative: "Relative (3 min ago)", local: "Local time", utc: "UTC" },
};
