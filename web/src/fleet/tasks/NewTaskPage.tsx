import { Button, Group, MultiSelect, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Failure } from "../../components/Failure";
import { useFilters } from "../../components/filters";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text";
import { listNodes } from "../nodes/requests";
import { createOperation } from "../operations/requests";
import { ParameterFields } from "./ParameterFields";
import { parametersOf, readParameters } from "./parameters";
import { createTask, kindsQuery } from "./requests";

const FOUND = 50;
const anyNode = { state: "", label: "", approval: "", sort: "name" };

/** One form for every kind of task, made of what the kind declares; an operation when several nodes are chosen. */
export function NewTaskPage() {
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const { filters, set } = useFilters("node", "kind");
  const nodes = filters.node ? filters.node.split(",") : [];
  const kinds = useQuery(kindsQuery);
  const kind = kinds.data?.find((each) => each.name === filters.kind);
  const parameters = kind ? parametersOf(kind.parameters) : [];
  const [filled, setFilled] = useState<Record<string, string>>({});
  const [timeout, setTimeout] = useState<number | string>("");
  const [attempts, setAttempts] = useState<number | string>("");
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { values, wrong } = readParameters(parameters, filled);
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search, 150);
  const found = useQuery({
    queryKey: ["nodes", "choose", asked, workspace],
    queryFn: () => listNodes({ ...anyNode, search: asked, workspace }, 1, FOUND),
    placeholderData: keepPreviousData,
  });
  const choices = [...new Set([...nodes, ...(found.data?.rows ?? []).map((node) => node.name)])];

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (kind === undefined || nodes.length === 0 || wrong.length > 0) return;
    setBusy(true);
    setError(null);
    const limits = {
      ...(timeout === "" ? {} : { timeout_s: Number(timeout) }),
      ...(attempts === "" ? {} : { max_attempts: Number(attempts) }),
    };
    const order = { kind: kind.name, parameters: values as Record<string, never>, workspace, ...limits };
    try {
      if (nodes.length === 1) {
        const task = await createTask({ ...order, node: nodes[0]! });
        notifyDone(text.tasks.queued(1));
        await navigate({ to: "/tasks/$task", params: { task: task.id } });
      } else {
        const operation = await createOperation({ ...order, nodes, name: name.trim() || kind.name });
        notifyDone(text.tasks.queued(nodes.length));
        await navigate({ to: "/operations/$operation", params: { operation: operation.id } });
      }
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <PageFrame
      title={text.tasks.new}
      above={
        <Link to="/tasks" className="back-link">
          {text.tasks.title}
        </Link>
      }
    >
      <Panel>
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="sm" maw={520}>
            {kinds.isError && <Failure error={kinds.error} onRetry={() => void kinds.refetch()} />}
            <MultiSelect
              label={text.tasks.chooseNodes}
              description={text.tasks.chooseNodesHelp}
              data={choices}
              value={nodes}
              onChange={(chosen) => set({ node: chosen.join(",") })}
              searchable
              searchValue={search}
              onSearchChange={setSearch}
              filter={({ options }) => options}
              hidePickedOptions
              maxDropdownHeight={260}
            />
            <Select
              label={text.tasks.chooseKind}
              data={(kinds.data ?? []).map((each) => each.name)}
              value={kind?.name ?? null}
              onChange={(chosen) => {
                setFilled({});
                set({ kind: chosen ?? "" });
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
                placeholder={kind?.name ?? ""}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                autoComplete="off"
              />
            )}
            <ParameterFields
              parameters={parameters}
              filled={filled}
              wrong={wrong}
              onFill={(parameter, value) => setFilled((before) => ({ ...before, [parameter]: value }))}
            />
            {kind && (
              <details>
                <summary className="quiet">{text.tasks.advanced}</summary>
                <Stack gap="sm" pt="xs">
                  <NumberInput
                    label={text.tasks.timeout}
                    description={text.tasks.timeoutHelp}
                    placeholder={String(kind.timeout_s)}
                    value={timeout}
                    onChange={setTimeout}
                    min={1}
                    allowDecimal={false}
                  />
                  <NumberInput
                    label={text.tasks.maxAttempts}
                    placeholder={String(kind.max_attempts)}
                    value={attempts}
                    onChange={setAttempts}
                    min={1}
                    allowDecimal={false}
                  />
                </Stack>
              </details>
            )}
            {error !== null && <Failure error={error} />}
            <Group>
              <Button type="submit" loading={busy} disabled={!kind || nodes.length === 0 || wrong.length > 0}>
                {text.tasks.run(nodes.length)}
              </Button>
            </Group>
          </Stack>
        </form>
      </Panel>
    </PageFrame>
  );
}
