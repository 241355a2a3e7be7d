import { Link } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, FunctionComponent, Ref } from "react";

type Props = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & {
  to: string;
  hash?: string;
  search?: Record<string, string> | ((before: Record<string, string>) => Record<string, string>);
  ref?: Ref<HTMLAnchorElement>;
};

/** A link to a page whose path is only known when it is shown; where it is written down, `Link` checks it. */
export const PageLink = Link as unknown as FunctionComponent<Props>;
