export const text = {
  label: "Time range",
  from: "From",
  to: "To",
  apply: "Apply",
  wrong: "This time must be after the first one.",
  between: (from: string, to: string) => `${from} to ${to}`,
  after: (from: string) => `Since ${from}`,
  before: (to: string) => `Until ${to}`,
  presets: {
    "": "Any time",
    "1h": "Last hour",
    "6h": "Last 6 hours",
    "24h": "Last day",
    "7d": "Last week",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
  } as Record<string, string>,
};
