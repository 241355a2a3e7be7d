import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Field, Fields, OrNone } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import { DriftPanel } from "./DriftPanel";
import { EdgeActions } from "./EdgeActions";
import { NginxStatus } from "./NginxStatus";
import { type EdgeDetails, edges } from "./requests";
import { ServedPanel } from "./ServedPanel";
import { ServersPanel } from "./ServersPanel";

const words = text.edges;

interface Shown {
  edge: EdgeDetails;
}

export function EdgePage() {
  const access = useAccess();
  return (
    <ResourcePage
      of={edges}
      listTitle={words.title}
      title={(edge) => edge.node}
      beside={(edge) => <NginxStatus edge={edge} />}
      actions={(edge, tag) => <EdgeActions edge={edge} tag={tag} />}
    >
      {(edge) => {
        const readsFiles = access.in("config:read", edge.workspace);
        return (
          <>
            <Notices edge={edge} />
            <div className="columns">
              <About edge={edge} />
              <Counts edge={edge} />
            </div>
            {readsFiles && <ServedPanel edge={edge.node_id} />}
            <ServersPanel servers={edge.servers} />
            {readsFiles && <DriftPanel edge={edge} />}
          </>
        );
      }}
    </ResourcePage>
  );
}

/** What somebody should know before they read on. */
function Notices({ edge }: Shown) {
  const isOnline = edge.state === "Online" || edge.state === "Maintenance";
  return (
    <>
      {edge.problem && (
        <Alert variant="light" color="red" icon={<IconAlertTriangle />} title={words.states[edge.nginx]}>
          {edge.problem}
        </Alert>
      )}
      {!isOnline && (
        <Alert color="yellow" icon={<IconAlertTriangle />}>
          {words.offline}
        </Alert>
      )}
    </>
  );
}

function About({ edge }: Shown) {
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={words.node}>
          <PageLink to={`/nodes/${edge.node_id}`} className="row-link">
            {edge.node}
          </PageLink>{" "}
          <Status state={edge.state} />
        </Field>
        <Field name={text.common.id}>
          <Copyable value={edge.node_id} what={text.common.id} />
        </Field>
        <Field name={text.common.workspace}>{edge.workspace}</Field>
        <Field name={words.nginx}>
          <NginxStatus edge={edge} />
        </Field>
        <Field name={words.mode}>{words.modes[edge.mode]}</Field>
        <Field name={words.mainFile}>{edge.owns_main_file ? words.mainFiles.yes : words.mainFiles.no}</Field>
        {edge.owns_main_file && <Field name={words.shutdown}>{words.seconds(edge.worker_shutdown_s)}</Field>}
        <Field name={words.resolvers}>
          <OrNone value={edge.resolvers.join(", ")} none={words.resolversDefault} />
        </Field>
        <Field name={words.sharedWith}>
          <OrNone
            value={edge.shared_with.includes("*") ? words.sharedWithAll : edge.shared_with.join(", ")}
          />
        </Field>
        <Field name={words.configuration}>
          {edge.applied ? words.applied : <Status state="queued" word={words.notApplied} />}
        </Field>
        <Field name={words.generation}>{count(edge.generation)}</Field>
        <Field name={words.reported}>
          <When at={edge.reported_at} />
        </Field>
      </Fields>
    </Panel>
  );
}

function Counts({ edge: { counts } }: Shown) {
  const names = words.counts;
  return (
    <Panel title={names.title} aside={<span className="quiet">{names.since}</span>}>
      {counts === null ? (
        <span className="quiet">{names.none}</span>
      ) : (
        <Fields>
          <Field name={names.active}>{count(counts.active ?? 0)}</Field>
          <Field name={names.waiting}>{count(counts.waiting ?? 0)}</Field>
          <Field name={names.reading}>{count(counts.reading ?? 0)}</Field>
          <Field name={names.writing}>{count(counts.writing ?? 0)}</Field>
          <Field name={names.requests}>{count(counts.requests ?? 0)}</Field>
          <Field name={names.accepted}>{count(counts.accepted ?? 0)}</Field>
          <Field name={names.refused}>{count((counts.accepted ?? 0) - (counts.handled ?? 0))}</Field>
        </Fields>
      )}
    </Panel>
  );
}
