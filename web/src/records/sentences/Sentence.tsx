import { Fragment } from "react";
import { ResourceLink } from "../../components/ResourceLink";
import type { Part } from "./sentences";

/** A sentence of what happened, with links to what it names. */
export function Sentence({ parts }: { parts: Part[] }) {
  return parts.map((part, position) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence never change their places
    if (typeof part === "string") return <Fragment key={position}>{part}</Fragment>;
    return <ResourceLink key={`${part.kind}/${part.id}`} {...part} />;
  });
}
