import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

// One accent. Status colours are named by what they say (see components/status.tsx), not used as decoration.
const accent: MantineColorsTuple = [
  "#eaf4ff",
  "#d5e6fb",
  "#abcdf3",
  "#7db1eb",
  "#5899e5",
  "#408ae1",
  "#3282e0",
  "#226fc7",
  "#1763b3",
  "#00559f",
];

/** Mantine's dark greys, a little bluer, in step with global.css. */
const dark: MantineColorsTuple = [
  "#d6dae1",
  "#b8bfca",
  "#9aa4b2",
  "#69748a",
  "#3a414d",
  "#2d333d",
  "#222831",
  "#1b1f26",
  "#13161b",
  "#0d1014",
];

/** Of what opens over a page: as strong as the title of a panel. */
const TITLE = { fontWeight: 600, fontSize: "1rem" };

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 7 },
  colors: { accent, dark },
  autoContrast: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.25rem", lineHeight: "1.4" },
      h2: { fontSize: "1rem", lineHeight: "1.4" },
      h3: { fontSize: "0.875rem", lineHeight: "1.4" },
    },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "sm" } },
    // The placeholder is focusable and presentational at once, which no child of a menu may be.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Tooltip: { defaultProps: { openDelay: 300, withinPortal: true } },
    // The left edge is that of a panel's title.
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: "0.9rem" } },
    Modal: { defaultProps: { centered: false }, styles: { title: TITLE } },
    Drawer: { styles: { title: TITLE } },
  },
});

/** Quiet words stand out enough to be read (WCAG 2.1, 1.4.3: 4.5 to 1). */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5b6472",
    "--mantine-color-placeholder": "#5f6875",
    "--mantine-color-error": "#c02b2b",
    "--mantine-color-body": "#ffffff",
  },
  dark: {
    "--mantine-color-dimmed": "#9aa4b2",
    "--mantine-color-placeholder": "#98a2b0",
    "--mantine-color-error": "#f17878",
    "--mantine-color-body": "#1b1f26",
    "--mantine-color-default-border": "#3a414d",
    "--mantine-color-default": "#1f242c",
    "--mantine-color-default-hover": "#272d37",
  },
});
