import { List, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { Labels } from "../../components/Labels";
import { PageFrame, Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text";
import { Reveal } from "./Reveal";
import { type Secret, secretQuery } from "./requests";
import { SecretActions } from "./SecretActions";
import { VersionsPanel } from "./VersionsPanel";

export function SecretPage() {
  const { secret: id } = useParams({ strict: false }) as { secret: string };
  const access = useAccess();
  const asked = useQuery(secretQuery(id));
  const above = (
    <Link to="/secrets" className="back-link">
      {text.secrets.title}
    </Link>
  );
  if (asked.data === undefined) {
    return (
      <PageFrame title={text.secrets.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  const { value: secret, tag } = asked.data;
  return (
    <PageFrame title={secret.name} above={above} actions={<SecretActions secret={secret} tag={tag} />}>
      <div className="columns">
        <About secret={secret} />
        <div className="stack">
          {access.in("secret:reveal", secret.workspace) && (
            <Panel title={text.secrets.value}>
              {/* Another version is another value: what is shown of this one goes. */}
              <Reveal key={secret.version} secret={secret} version={secret.version} />
            </Panel>
          )}
          <Uses secret={secret} />
        </div>
      </div>
      <VersionsPanel secret={secret} />
    </PageFrame>
  );
}

function About({ secret }: { secret: Secret }) {
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.users.id}>
          <Copyable value={secret.id} what={text.users.id} />
        </Field>
        <Field name={text.common.workspace}>{secret.workspace}</Field>
        <Field name={text.common.description}>
          {secret.description || <span className="quiet">{text.common.none}</span>}
        </Field>
        <Field name={text.common.labels}>
          <Labels labels={secret.labels} />
        </Field>
        <Field name={text.secrets.version}>{secret.version}</Field>
        <Field name={text.secrets.updated}>
          <When at={secret.updated_at} />
        </Field>
        <Field name={text.secrets.lastRead}>
          <When at={secret.last_read_at} />
        </Field>
        <Field name={text.common.created}>
          <When at={secret.created_at} />, {secret.created_by}
        </Field>
      </Fields>
    </Panel>
  );
}

function Uses({ secret }: { secret: Secret }) {
  return (
    <Panel title={text.secrets.uses}>
      {secret.references.length === 0 ? (
        <span className="quiet">{text.secrets.noUses}</span>
      ) : (
        <List size="sm">
          {secret.references.map((use) => (
            <List.Item key={`${use.resource_kind}/${use.resource_id}/${use.field}`}>
              {use.resource_kind} <span className="mono">{use.resource_id}</span>, {use.field}
            </List.Item>
          ))}
        </List>
      )}
    </Panel>
  );
}
