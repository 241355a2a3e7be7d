import { Button, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { type Column, DataTable } from "../../components/DataTable";
import { dialog, SendForm } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { Labels } from "../../components/Labels";
import { parseLabels } from "../../components/labelText";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { useWorkspaceNames, WorkspaceChoice } from "../../people/choices";
import { text } from "../../text";
import { listSecrets, makeSecret, type Secret } from "./requests";
import { NO_VALUE, ValueField } from "./ValueField";

const columns: Column<Secret>[] = [
  {
    key: "name",
    header: text.common.name,
    sort: "name",
    cell: (secret) => (
      <Link to="/secrets/$secret" params={{ secret: secret.id }} className="row-link">
        {secret.name}
      </Link>
    ),
  },
  {
    key: "workspace",
    header: text.common.workspace,
    from: "sm",
    width: "12rem",
    cell: (secret) => secret.workspace,
  },
  {
    key: "labels",
    header: text.common.labels,
    from: "lg",
    cell: (secret) => <Labels labels={secret.labels} oneLine />,
  },
  { key: "version", header: text.secrets.version, width: "6rem", cell: (secret) => secret.version },
  {
    key: "updated",
    header: text.secrets.updated,
    sort: "updated_at",
    from: "sm",
    width: "8rem",
    cell: (secret) => <When at={secret.updated_at} />,
  },
  {
    key: "read",
    header: text.secrets.lastRead,
    sort: "last_read_at",
    from: "md",
    width: "8rem",
    cell: (secret) => <When at={secret.last_read_at} />,
  },
];

export function SecretsPage() {
  const access = useAccess();
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const { filters, set, filtered, clear } = useFilters("search", "label", "sort");
  const asked = { ...filters, workspace };
  const create = access.somewhere("secret:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() =>
        dialog(text.secrets.create, (close) => <NewSecret workspace={workspace} close={close} />)
      }
    >
      {text.secrets.create}
    </Button>
  );
  return (
    <PageFrame title={text.secrets.title} actions={create}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.secrets.search}
          />
          <SearchField
            value={filters.label}
            onChange={(label) => set({ label })}
            placeholder={`${text.nodes.label}: ${text.nodes.labelHelp}`}
          />
        </Toolbar>
        <DataTable
          label={text.secrets.title}
          columns={columns}
          rowId={(secret) => secret.id}
          queryKey={["secrets", "list", asked]}
          load={(page, perPage) => listSecrets(asked, page, perPage)}
          sort={filters.sort}
          onSort={(sort) => set({ sort })}
          onOpen={(secret) => void navigate({ to: "/secrets/$secret", params: { secret: secret.id } })}
          filtered={filtered}
          empty={
            <Empty title={text.secrets.emptyTitle} action={create}>
              {text.secrets.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}

function NewSecret(given: { workspace: string; close: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const workspaces = useWorkspaceNames("secret:write");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [workspace, setWorkspace] = useState(given.workspace);
  const [labels, setLabels] = useState("");
  const [value, setValue] = useState(NO_VALUE);
  const parsed = parseLabels(labels);
  return (
    <SendForm
      submitLabel={text.common.create}
      disabled={
        !name.trim() || !value.value || parsed.wrong.length > 0 || (workspaces.length > 1 && !workspace)
      }
      onDone={given.close}
      submit={async () => {
        const made = await makeSecret({
          name: name.trim(),
          description: description.trim(),
          workspace,
          labels: parsed.labels,
          value: value.value,
          encoding: value.encoding,
        });
        notifyDone(text.secrets.made(made.name));
        await client.invalidateQueries({ queryKey: ["secrets"] });
        await navigate({ to: "/secrets/$secret", params: { secret: made.id } });
      }}
    >
      <TextInput
        label={text.common.name}
        description={text.secrets.nameHelp}
        value={name}
        autoComplete="off"
        spellCheck={false}
        required
        onChange={(event) => setName(event.currentTarget.value)}
        withAsterisk={false}
        data-autofocus
      />
      {workspaces.length > 1 && (
        <WorkspaceChoice
          permission="secret:write"
          label={text.common.workspace}
          value={workspace}
          onChange={setWorkspace}
          required
        />
      )}
      <ValueField value={value} onChange={setValue} />
      <TextInput
        label={text.common.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <TextInput
        label={text.common.labels}
        description={text.common.labelsHelp}
        value={labels}
        onChange={(event) => setLabels(event.currentTarget.value)}
        error={parsed.wrong[0] && text.common.labelWrong(parsed.wrong[0])}
      />
    </SendForm>
  );
}
