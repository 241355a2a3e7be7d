import { Badge, Button, Text } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { Editor } from "../../editor/Editor";
import { text } from "../../text/edge";
import { About } from "../objects/About";
import { Notes, UsedBy } from "../objects/Notes";
import { ObjectActions } from "../objects/ObjectActions";
import { type Template, templates } from "../objects/requests";
import { VersionsPanel } from "../objects/VersionsPanel";

export function TemplatePage() {
  return (
    <ResourcePage
      of={templates}
      listTitle={text.templates.title}
      title={(template) => template.name}
      beside={(template) =>
        template.built_in && (
          <Badge variant="default" tt="none">
            {text.templates.builtIn}
          </Badge>
        )
      }
      actions={(template) => <Actions template={template} />}
    >
      {(template) => (
        <>
          <Notes object={template} />
          <Panel title={text.templates.text}>
            {template.built_in && (
              <Text size="sm" mb="xs">
                {template.description} {text.templates.builtInText}
              </Text>
            )}
            <Editor label={text.templates.text} text={template.text} />
          </Panel>
          <div className="columns">
            {!template.built_in && <About object={template} list="/templates" />}
            <UsedBy object={template} />
          </div>
          {!template.built_in && <VersionsPanel of={templates} object={template} />}
        </>
      )}
    </ResourcePage>
  );
}

function Actions({ template }: { template: Template }) {
  const access = useAccess();
  return (
    <>
      {access.somewhere("config:write") && (
        <Button variant="default" component={PageLink} to="/templates/new" search={{ from: template.id }}>
          {text.templates.copy}
        </Button>
      )}
      {!template.built_in && (
        <ObjectActions of={templates} object={template} consequences={text.templates.deleteText} />
      )}
    </>
  );
}
