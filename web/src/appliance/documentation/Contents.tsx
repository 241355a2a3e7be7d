import { createElement, Fragment, type ReactNode } from "react";
import type { Content } from "../../../scripts/documentation.mjs";
import { PageLink } from "../../components/PageLink";

/** A page of the documentation as elements; where they are too wide, they scroll by themselves. */
export function Contents({ content }: { content: Content[] }) {
  return content.map((one, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a page does not change
    <Fragment key={place}>{typeof one === "string" ? one : shown(one)}</Fragment>
  ));
}

function shown([tag, attributes, ...content]: Exclude<Content, string>): ReactNode {
  if (tag === "br") return <br />;
  const inner = <Contents content={content} />;
  if (tag === "a") return <Anchor href={attributes.href ?? ""}>{inner}</Anchor>;
  if (tag === "pre") return <pre tabIndex={0}>{inner}</pre>;
  if (tag === "table") {
    return (
      <div data-wide tabIndex={0}>
        <table>{inner}</table>
      </div>
    );
  }
  return createElement(tag, attributes, inner);
}

function Anchor({ href, children }: { href: string; children: ReactNode }) {
  if (href.startsWith("https://")) {
    return (
      <a href={href} target="_blank" rel="noreferrer">
        {children}
      </a>
    );
  }
  const [to = "", hash] = href.split("#");
  return (
    <PageLink to={to || "."} hash={hash}>
      {children}
    </PageLink>
  );
}
