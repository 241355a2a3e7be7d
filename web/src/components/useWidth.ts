import { useMediaQuery } from "@mantine/hooks";

/** How wide the page is: a phone is "any", a tablet "sm", a window "md", a wide one "lg". */
export type Width = "any" | "sm" | "md" | "lg";

export function useWidth(): { atLeast: (width: Width) => boolean } {
  const sm = useMediaQuery("(min-width: 40em)") ?? true;
  const md = useMediaQuery("(min-width: 62em)") ?? true;
  const lg = useMediaQuery("(min-width: 80em)") ?? true;
  return { atLeast: (width) => ({ any: true, sm, md, lg })[width] };
}
