import { Alert, List } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { text } from "../../text/edge";
import type { EdgeObject } from "./requests";

const PAGES: Record<string, string> = {
  virtual_host: "virtual-hosts",
  upstream: "upstreams",
  template: "templates",
  node: "nodes",
  edge: "edges",
};

/** What was saved, and cannot be everywhere. */
export function Notes({ object }: { object: EdgeObject }) {
  if (object.notes.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconAlertTriangle />} title={text.objects.notes}>
      <List size="sm">
        {object.notes.map(({ field, message, node }) => (
          <List.Item key={`${field} ${message} ${node}`}>
            {node && <strong>{node}: </strong>}
            {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** What uses it: that has to be changed before it can be deleted. */
export function UsedBy({ object }: { object: EdgeObject }) {
  return (
    <Panel title={text.objects.usedBy}>
      {object.used_by.length === 0 ? (
        <span className="quiet">{text.objects.notUsed}</span>
      ) : (
        <List size="sm">
          {object.used_by.map(({ kind, id, name, field }) => (
            <List.Item key={`${id} ${field}`}>
              <ObjectLink kind={kind} id={id} name={name} />
            </List.Item>
          ))}
        </List>
      )}
    </Panel>
  );
}

export function ObjectLink({ kind, id, name }: { kind: string; id: string; name: string }) {
  const page = PAGES[kind];
  return page === undefined ? (
    name
  ) : (
    <PageLink to={`/${page}/${id}`} className="text-link">
      {name}
    </PageLink>
  );
}
