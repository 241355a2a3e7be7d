import { useMediaQuery } from "@mantine/hooks";

/** How wide the page is: a phone is "any", a tablet "sm", a window "md", a wide one "lg". */
export type Width = "any" | "sm" | "md" | "lg";

// Known from the first drawing on: there is no server that draws for a screen which it does not know.
const AT_ONCE = { getInitialValueInEffect: false };
const WIDTHS: readonly Width[] = ["any", "sm", "md", "lg"];

export function useWidth(): { width: Width; atLeast: (wanted: Width) => boolean } {
  const sm = useMediaQuery("(min-width: 40em)", undefined, AT_ONCE);
  const md = useMediaQuery("(min-width: 62em)", undefined, AT_ONCE);
  const lg = useMediaQuery("(min-width: 80em)", undefined, AT_ONCE);
  const width = WIDTHS[[sm, md, lg].filter(Boolean).length] ?? "any";
  return { width, atLeast: (wanted) => WIDTHS.indexOf(width) >= WIDTHS.indexOf(wanted) };
}
