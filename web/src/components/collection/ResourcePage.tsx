import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useAccess } from "../../access/useAccess";
import type { Tagged } from "../../api/client";
import { isApiError } from "../../api/errors";
import { text } from "../../text";
import { Empty } from "../Empty";
import { Waiting } from "../Loaded";
import { PageFrame, Panel } from "../PageFrame";
import { PageLink } from "../PageLink";

interface ResourcePageProps<Value> {
  of: {
    name: string;
    param: string;
    get(id: string): { queryKey: unknown[]; queryFn: () => Promise<Tagged<Value>> };
  };
  /** What the page of the collection is called: the way back. */
  listTitle: string;
  title: (value: Value) => string;
  /** The title as it is shown, where it is more than words. */
  shownTitle?: (value: Value) => ReactNode;
  beside?: (value: Value) => ReactNode;
  actions?: (value: Value, tag: string) => ReactNode;
  children: (value: Value, tag: string) => ReactNode;
}

/**
 * The page of one resource of a collection, at `/<collection>/$<param>`: loads what the address names, and says why
 * that cannot be had. `tag` is sent with a change of what is shown.
 */
export function ResourcePage<Value>(props: ResourcePageProps<Value>) {
  const { of, listTitle } = props;
  const { [of.param]: id = "" } = useParams({ strict: false }) as Record<string, string>;
  const resource = useQuery(of.get(id));
  const above = (
    <PageLink to={`/${of.name}`} className="back-link">
      {listTitle}
    </PageLink>
  );
  if (isApiError(resource.error) && resource.error.status === 404) {
    const name = resource.data && props.title(resource.data.value);
    return <Gone id={id} name={name} above={above} listTitle={listTitle} list={of.name} />;
  }
  if (resource.data === undefined) {
    return (
      <PageFrame title={listTitle} above={above}>
        <Waiting for={resource} />
      </PageFrame>
    );
  }
  const { value, tag } = resource.data;
  return (
    <PageFrame
      title={props.title(value)}
      shownTitle={props.shownTitle?.(value)}
      above={
        <Group justify="space-between">
          {above}
          <AuditLink id={idOf(value) ?? id} />
        </Group>
      }
      beside={props.beside?.(value)}
      actions={props.actions?.(value, tag)}
    >
      {props.children(value, tag)}
    </PageFrame>
  );
}

function idOf(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && "id" in value ? String(value.id) : undefined;
}

/** What the audit log has of a resource. */
function AuditLink({ id }: { id: string }) {
  const access = useAccess();
  if (!access.somewhere("audit:read")) return null;
  return (
    <PageLink to="/audit" search={{ resource: id }} className="aside-link">
      {text.steps.auditLog}
    </PageLink>
  );
}

interface GoneProps {
  id: string;
  /** What it was called, where it was seen before it went. */
  name: string | undefined;
  above: ReactNode;
  listTitle: string;
  list: string;
}

/** What was deleted while it was shown must not go on looking alive; what never was is no failure to try again. */
function Gone({ id, name, above, listTitle, list }: GoneProps) {
  const title = name === undefined ? text.steps.notFound : text.steps.wasDeleted(name);
  return (
    <PageFrame title={title} above={above}>
      <Panel>
        <Empty
          action={
            <>
              <PageLink to={`/${list}`} className="text-link">
                {text.steps.backTo(listTitle)}
              </PageLink>
              <AuditLink id={id} />
            </>
          }
        >
          {name === undefined && text.steps.notFoundText}
        </Empty>
      </Panel>
    </PageFrame>
  );
}
