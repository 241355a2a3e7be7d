import { List } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Field, Fields, OrNone } from "../../components/Fields";
import { Labels } from "../../components/Labels";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/trust";
import { Reveal } from "./Reveal";
import { type Secret, secrets } from "./requests";
import { SecretActions } from "./SecretActions";
import { VersionsPanel } from "./VersionsPanel";

export function SecretPage() {
  const access = useAccess();
  return (
    <ResourcePage
      of={secrets}
      listTitle={text.secrets.title}
      title={(secret) => secret.name}
      actions={(secret, tag) => <SecretActions secret={secret} tag={tag} />}
    >
      {(secret) => (
        <>
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
        </>
      )}
    </ResourcePage>
  );
}

function About({ secret }: { secret: Secret }) {
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={secret.id} what={text.common.id} />
        </Field>
        <Field name={text.common.workspace}>{secret.workspace}</Field>
        <Field name={text.common.description}>
          <OrNone value={secret.description} />
        </Field>
        <Field name={text.common.labels}>
          <Labels labels={secret.labels} list="/secrets" />
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
