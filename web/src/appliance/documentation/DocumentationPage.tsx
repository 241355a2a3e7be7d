import { useParams, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import type { DocumentationPage as Page } from "../../../scripts/documentation.mjs";
import { Empty } from "../../components/Empty";
import { Loaded } from "../../components/Loaded";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { text } from "../../text/appliance";
import { Contents } from "./Contents";
import classes from "./DocumentationPage.module.css";
import { documentationQuery } from "./pages";

/** One page of the documentation that comes with this version. */
export function DocumentationPage() {
  const { page = "" } = useParams({ strict: false }) as { page?: string };
  return (
    <Loaded query={documentationQuery(page)}>
      {(found) => (found ? <Shown page={found} /> : <Missing />)}
    </Loaded>
  );
}

const first = (
  <PageLink to="/docs" className="back-link">
    {text.documentation.title}
  </PageLink>
);

function Shown({ page }: { page: Page }) {
  const hash = useRouterState({ select: ({ location }) => location.hash });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another place
  useEffect(() => {
    if (hash) document.getElementById(hash)?.scrollIntoView();
  }, [hash, page]);
  return (
    <PageFrame title={page.title} above={page.title === text.documentation.title ? undefined : first}>
      <Panel>
        <div className={classes.page}>
          <Contents content={page.content} />
        </div>
      </Panel>
    </PageFrame>
  );
}

function Missing() {
  return (
    <PageFrame title={text.errors.notFoundTitle} above={first}>
      <Panel>
        <Empty>{text.documentation.missing}</Empty>
      </Panel>
    </PageFrame>
  );
}
