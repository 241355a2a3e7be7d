import { Box, Button, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { asWords } from "../../components/asWords";
import { useFilters } from "../../components/collection/filters";
import { Failure } from "../../components/Failure";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/fleet";
import { operations } from "../operations";
import { ParameterFields } from "./ParameterFields";
import { parametersOf, readParameters, typedAgain } from "./parameters";
import { kindsQuery, meshQuery, type Task, type TaskKind, tasks } from "./requests";
import { type Target, TargetFields, useTarget } from "./TargetFields";
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
  const { again } = useFilters("again").values;
  const asked = useQuery({ ...tasks.get(again), enabled: again !== "" });
  const earlier = asked.data?.value;
  // What it ran with is filled in once.
  const isReady = again === "" || asked.isError || (earlier !== undefined && kinds.data !== undefined);
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
            {isReady && <NewTaskForm kinds={offered} earlier={earlier} />}
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

/** `earlier`: a task that is to run again, with its values to begin with. */
function NewTaskForm({ kinds, earlier }: { kinds: TaskKind[]; earlier: Task | undefined }) {
  const address = useFilters("node", "kind", "by", "label");
  const kind = kinds.find(({ name }) => name === address.values.kind);
  const target = useTarget(address);
  const form = useForm<Values>({ initialValues: valuesOf(earlier, kind) });
  const parameters = kind ? parametersOf(kind.parameters) : [];
  const { values, wrong } = readParameters(parameters, form.values.parameters);
  const start = useStart();
  const isOperation = target.isLabel || target.count > 1;
  return (
    <SendForm
      submitLabel={target.count === 0 ? text.newTask.run : text.tasks.run(target.count)}
      buttonsAt="start"
      aside={
        <Button variant="default" component={PageLink} to="/tasks">
          {text.newTask.cancel}
        </Button>
      }
      disabled={!kind || !target.isWhole || wrong.length > 0}
      submit={async () => {
        if (kind) await start(kind, target, values, form.values);
      }}
    >
      <TargetFields target={target} address={address} />
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
      {isOperation && (
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
      {isOperation && <WaveFields form={form} />}
      {kind && <LimitFields kind={kind} form={form} />}
    </SendForm>
  );
}

function valuesOf(earlier: Task | undefined, kind: TaskKind | undefined): Values {
  const usual = { name: "", timeout: "" as const, attempts: "" as const, parameters: {}, ...USUAL_WAVES };
  if (earlier === undefined || kind === undefined || earlier.kind !== kind.name) return usual;
  return {
    ...usual,
    timeout: earlier.timeout_s,
    attempts: earlier.max_attempts,
    parameters: typedAgain(parametersOf(kind.parameters), earlier.parameters),
  };
}

/** Starts a task on one node, or an operation on several, and opens its page. Raises ApiError. */
function useStart() {
  const navigate = useNavigate();
  return async (
    kind: TaskKind,
    { isLabel, label, nodes, workspace }: Target,
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
    if (!isLabel && first !== undefined && others.length === 0) {
      const task = await tasks.create({ ...order, node: first });
      await navigate({ to: "/tasks/$task", params: { task: task.id } });
    } else {
      const operation = await operations.create({
        ...order,
        ...wavesOf(waves),
        ...(isLabel ? { label } : { nodes }),
        name: name.trim() || kind.name,
      });
      await navigate({ to: "/operations/$operation", params: { operation: operation.id } });
    }
  };
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
