import { useMediaQuery } from "@mantine/hooks";

/** How wide the page is: a phone is "any", a tablet "sm", a window "md", a wide one "lg". */
export type Width = "any" | "sm" | "md" | "lg";

const WIDTHS: readonly Width[] = ["any", "sm", "md", "lg"];

export function useWidth(): { width: Width; atLeast: (wanted: Width) => boolean } {
  const sm = useMediaQuery("(min-width: 40em)") ?? true;
  const md = useMediaQuery("(min-width: 62em)") ?? true;
  const lg = useMediaQuery("(min-width: 80em)") ?? true;
  const width = WIDTHS[[sm, md, lg].filter(Boolean).length] ?? "any";
  return { width, atLeast: (wanted) => WIDTHS.indexOf(width) >= WIDTHS.indexOf(wanted) };
}
