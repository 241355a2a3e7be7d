import { Alert, List, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { Editor } from "../../editor/Editor";
import { text } from "../../text/edge";
import type { Preview } from "./requests";
import type { Draft } from "./useDraft";

/** What nginx would be given, for each kind of nginx; or what is wrong. */
export function PreviewPanel({ draft, title = text.preview.title }: { draft: Draft; title?: string }) {
  return (
    <Panel title={title} aside={<span className="quiet">{text.preview.nothingSaved}</span>}>
      <Stack gap="sm" aria-busy={draft.behind}>
        {draft.error !== null && draft.preview === undefined ? (
          <Failure error={draft.error} />
        ) : (
          draft.preview && <Content preview={draft.preview} />
        )}
      </Stack>
    </Panel>
  );
}

function Content({ preview }: { preview: Preview }) {
  const { problems = [], requests = [], files = [] } = preview;
  if (problems.length > 0)
    return (
      <Alert variant="light" color="red" title={text.preview.problems(problems.length)} role="status">
        <List size="sm">
          {problems.map(({ field, message }) => (
            <List.Item key={`${field} ${message}`}>
              <span className="mono">{field}</span>: {message}
            </List.Item>
          ))}
        </List>
      </Alert>
    );
  return (
    <>
      {requests.length > 0 && (
        <div>
          <Text size="sm" fw={500}>
            {text.preview.requests}
          </Text>
          <List size="sm">
            {requests.map((line) => (
              <List.Item key={line} className="mono">
                {line}
              </List.Item>
            ))}
          </List>
        </div>
      )}
      <Files files={files} />
    </>
  );
}

/** One text, or one for each kind of nginx where they differ. */
export function Files({ files }: { files: NonNullable<Preview["files"]> }) {
  const [chosen, choose] = useState("");
  const shown = files.find(({ nginx }) => nginx.join() === chosen) ?? files[0];
  if (shown === undefined) return null;
  return (
    <>
      {files.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label={text.preview.release}
          value={shown.nginx.join()}
          onChange={choose}
          data={files.map(({ nginx }) => ({ value: nginx.join(), label: text.preview.releases(nginx) }))}
        />
      )}
      <Editor label={text.preview.file(shown.name)} text={shown.text} />
    </>
  );
}
