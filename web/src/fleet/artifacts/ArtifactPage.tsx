import { Alert, Button } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { useRemove } from "../../components/collection/changes";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { DialogButton } from "../../components/dialog";
import { Field, Fields, OrNone } from "../../components/Fields";
import { Labels } from "../../components/Labels";
import { Panel } from "../../components/PageFrame";
import { bytes, count } from "../../components/quantity";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { Condition } from "./ArtifactsPage";
import { EditArtifact } from "./EditArtifact";
import { FetchArtifact } from "./FetchArtifact";
import { type Artifact, artifacts } from "./requests";

export function ArtifactPage() {
  return (
    <ResourcePage
      of={artifacts}
      listTitle={text.artifacts.title}
      title={(artifact) => artifact.reference}
      actions={(artifact, tag) => <Actions artifact={artifact} tag={tag} />}
    >
      {(artifact) => (
        <>
          {artifact.damage && <Alert color="red">{text.artifacts.damaged(artifact.damage)}</Alert>}
          <About artifact={artifact} />
        </>
      )}
    </ResourcePage>
  );
}

function Actions({ artifact, tag }: { artifact: Artifact; tag: string }) {
  const access = useAccess();
  const remove = useRemove(artifacts);
  const { reference, workspace } = artifact;
  return (
    <>
      {access.in("task:write", workspace) && !artifact.damage && (
        <DialogButton
          variant="filled"
          label={text.artifacts.fetch}
          title={text.artifacts.fetchTitle(reference)}
        >
          {(close) => <FetchArtifact artifact={artifact} close={close} />}
        </DialogButton>
      )}
      {access.in("artifact:write", workspace) && (
        <DialogButton label={text.common.edit} title={text.artifacts.editTitle(reference)}>
          {(close) => <EditArtifact artifact={artifact} tag={tag} close={close} />}
        </DialogButton>
      )}
      {access.in("artifact:delete", workspace) && (
        <Button
          variant="default"
          onClick={() =>
            remove(artifact.id, {
              title: text.artifacts.deleteTitle(reference),
              consequences: text.artifacts.deleteText,
              done: text.artifacts.deleted(reference),
            })
          }
        >
          {text.common.delete}
        </Button>
      )}
    </>
  );
}

function About({ artifact }: { artifact: Artifact }) {
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={artifact.id} what={text.common.id} />
        </Field>
        <Field name={text.common.workspace}>{artifact.workspace}</Field>
        <Field name={text.artifacts.version}>{artifact.version}</Field>
        <Field name={text.artifacts.cpu}>{artifact.cpu}</Field>
        <Field name={text.artifacts.size}>
          {bytes(artifact.size)} ({count(artifact.size)} B)
        </Field>
        <Field name={text.artifacts.sum}>
          <Copyable value={artifact.sha256} what={text.artifacts.sum} />
        </Field>
        <Field name={text.common.state}>
          <Condition artifact={artifact} />
        </Field>
        <Field name={text.common.description}>
          <OrNone value={artifact.description} />
        </Field>
        <Field name={text.common.labels}>
          <Labels labels={artifact.labels} list="/artifacts" />
        </Field>
        <Field name={text.common.created}>
          <When at={artifact.created_at} />, {artifact.created_by}
        </Field>
      </Fields>
    </Panel>
  );
}
