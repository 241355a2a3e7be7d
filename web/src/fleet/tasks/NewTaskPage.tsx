import { Box, Button, Group, MultiSelect, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { queryClient } from "../../api/queries";
import { asWords } from "../../components/asWords";
import { useFilters } from "../../components/collection/filters";
import { Failure } from "../../components/Failure";
import { notifyFailure } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { SendForm } from "../../components/SendForm";
import { inWorkspace, useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { nodes as fleet } from "../nodes";
import { operations } from "../operations";
import { ParameterFields } from "./ParameterFields";
import { parametersOf, readParameters } from "./parameters";
import { kindsQuery, meshQuery, type TaskKind, tasks } from "./requests";
import { USUAL_WAVES, WaveFields, type Waves, wavesOf } from "./WaveFields";

interface Values extends Waves {
  /** Of the operation, where there are several nodes; "": that of the kind. */
  name: string;
  /** Seconds; "": what is usual for the kind. So for the attempts. */
  timeout: number | "";
  attempts: number | "";
  /** As they were typed. */
  parameters: Record<string, string>;
}

type Form = UseFormReturnType<Values>;

const MESH_PROBE = "mesh_probe";

/**
 * One form for every kind of task, made from the parameters that the kind declares. On several nodes the tasks are an
 * operation.
 */
export function NewTaskPage() {
  const kinds = useQuery(kindsQuery);
  const offered = useOffered(kinds.data ?? []);
  return (
    <PageFrame
      title={text.tasks.new}
      above={
        <Link to="/tasks" className="back-link">
          {text.tasks.title}
        </Link>
      }
    >
      <Box maw={560}>
        <Panel>
          <Stack gap="sm">
            {kinds.isError && <Failure error={kinds.error} onRetry={() => void kinds.refetch()} />}
            <NewTaskForm kinds={offered} />
          </Stack>
        </Panel>
      </Box>
    </PageFrame>
  );
}

/** Those that can succeed: without a mesh there is none to measure. */
function useOffered(kinds: TaskKind[]): TaskKind[] {
  const access = useAccess();
  const { data: mesh } = useQuery({ ...meshQuery, enabled: access.somewhere("mesh:read") });
  return kinds.filter(({ name }) => name !== MESH_PROBE || mesh?.mode !== "off");
}

function NewTaskForm({ kinds }: { kinds: TaskKind[] }) {
  const address = useFilters("node", "kind");
  const nodes = address.values.node ? address.values.node.split(",") : [];
  const kind = kinds.find(({ name }) => name === address.values.kind);
  const form = useForm<Values>({
    initialValues: { name: "", timeout: "", attempts: "", parameters: {}, ...USUAL_WAVES },
  });
  const parameters = kind ? parametersOf(kind.parameters) : [];
  const { values, wrong } = readParameters(parameters, form.values.parameters);
  const start = useStart();
  return (
    <SendForm
      submitLabel={nodes.length === 0 ? text.newTask.run : text.tasks.run(nodes.length)}
      buttonsAt="start"
      aside={
        <Button variant="default" component={PageLink} to="/tasks">
          {text.newTask.cancel}
        </Button>
      }
      disabled={!kind || nodes.length === 0 || wrong.length > 0}
      submit={async () => {
        if (kind) await start(kind, nodes, values, form.values);
      }}
    >
      <NodesField nodes={nodes} onChange={(chosen) => address.set({ node: chosen.join(",") })} />
      <Select
        label={text.tasks.chooseKind}
        data={kinds.map(({ name }) => ({ value: name, label: asWords(name) }))}
        value={kind?.name ?? null}
        onChange={(chosen) => {
          form.setFieldValue("parameters", {});
          address.set({ kind: chosen ?? "" });
        }}
        searchable
      />
      {kind && (
        <Text size="sm" className="quiet">
          {kind.summary}
        </Text>
      )}
      {nodes.length > 1 && (
        <TextInput
          label={text.operations.name}
          description={text.operations.nameHelp}
          placeholder={kind ? asWords(kind.name) : ""}
          autoComplete="off"
          {...form.getInputProps("name")}
        />
      )}
      <ParameterFields
        parameters={parameters}
        written={form.values.parameters}
        wrong={wrong}
        onWrite={(name, value) =>
          form.setFieldValue("parameters", (before) => ({ ...before, [name]: value }))
        }
      />
      {nodes.length > 1 && <WaveFields form={form} />}
      {kind && <LimitFields kind={kind} form={form} />}
    </SendForm>
  );
}

/** Starts a task on one node, or an operation on several, and opens its page. Raises ApiError. */
function useStart() {
  const navigate = useNavigate();
  const workspace = useWorkspace();
  return async (
    kind: TaskKind,
    nodes: string[],
    parameters: Record<string, unknown>,
    { name, timeout, attempts, ...waves }: Values,
  ): Promise<void> => {
    const order = {
      kind: kind.name,
      parameters: parameters as Record<string, never>,
      workspace,
      ...(timeout === "" ? {} : { timeout_s: Number(timeout) }),
      ...(attempts === "" ? {} : { max_attempts: Number(attempts) }),
    };
    const [first, ...others] = nodes;
    if (first !== undefined && others.length === 0) {
      const task = await tasks.create({ ...order, node: first });
      await navigate({ to: "/tasks/$task", params: { task: task.id } });
    } else {
      const operation = await operations.create({
        ...order,
        ...wavesOf(waves),
        nodes,
        name: name.trim() || kind.name,
      });
      await navigate({ to: "/operations/$operation", params: { operation: operation.id } });
    }
  };
}

const OFFERED = 50;
/** As many as one request names. */
const MOST_ADDED = 1000;
const TYPING_MS = 150;

/** Nodes by name; those that match what is typed are asked for. */
function NodesField({ nodes, onChange }: { nodes: string[]; onChange: (nodes: string[]) => void }) {
  const workspace = useWorkspace();
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, TYPING_MS);
  const matching = useQuery({
    ...fleet.all({
      ...(settled ? { search: settled } : {}),
      ...inWorkspace(workspace),
      sort: "name",
      per_page: OFFERED,
    }),
    placeholderData: keepPreviousData,
  });
  const total = matching.data?.meta.total ?? 0;
  const addAll = async () => {
    const found = await queryClient.fetchQuery(
      fleet.all({ ...(settled ? { search: settled } : {}), ...inWorkspace(workspace) }),
    );
    onChange([...new Set([...nodes, ...found.rows.map(({ name }) => name)])]);
    setSearch("");
  };
  return (
    <Stack gap={4} align="stretch">
      <MultiSelect
        label={text.tasks.chooseNodes}
        description={text.tasks.chooseNodesHelp}
        data={[...new Set([...nodes, ...(matching.data?.rows ?? []).map(({ name }) => name)])]}
        value={nodes}
        onChange={onChange}
        searchable
        searchValue={search}
        onSearchChange={setSearch}
        filter={({ options }) => options}
        hidePickedOptions
        maxDropdownHeight={260}
      />
      {total > 1 && total <= MOST_ADDED && (
        <Group>
          <Button size="compact-xs" variant="subtle" onClick={() => void addAll().catch(notifyFailure)}>
            {settled ? text.newTask.addMatching(total) : text.newTask.addAll(total)}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function LimitFields({ kind, form }: { kind: TaskKind; form: Form }) {
  return (
    <details>
      <summary className="quiet">{text.tasks.advanced}</summary>
      <Stack gap="sm" pt="xs">
        <NumberInput
          label={text.tasks.timeout}
          description={text.tasks.timeoutHelp}
          placeholder={String(kind.timeout_s)}
          min={1}
          allowDecimal={false}
          {...form.getInputProps("timeout")}
        />
        <NumberInput
          label={text.tasks.maxAttempts}
          placeholder={String(kind.max_attempts)}
          min={1}
          allowDecimal={false}
          {...form.getInputProps("attempts")}
        />
      </Stack>
    </details>
  );
}
