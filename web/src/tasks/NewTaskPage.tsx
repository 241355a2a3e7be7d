import { Button, Group, MultiSelect, NumberInput, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useFilters } from "../app/filters";
import { useWorkspace } from "../app/workspace";
import { Failure } from "../components/Failure";
import { notifyDone, notifyFailure } from "../components/notify";
import { PageFrame, Panel } from "../components/PageFrame";
import { listNodes } from "../nodes/requests";
import { text } from "../text";
import { ParameterFields } from "./ParameterFields";
import { parametersOf, readParameters } from "./parameters";
import { createTask, kindsQuery } from "./requests";

const FOUND = 50;
const anyNode = { state: "", label: "", approval: "", sort: "name" };

/** One form for every kind of task, made of what the kind declares; a task for each node that is chosen. */
export function NewTaskPage() {
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const { filters, set } = useFilters("node", "kind");
  const nodes = filters.node ? filters.node.split(",") : [];
  const kinds = useQuery(kindsQuery);
  const kind = kinds.data?.find(({ name }) => name === filters.kind);
  const parameters = kind ? parametersOf(kind.parameters) : [];
  const [filled, setFilled] = useState<Record<string, string>>({});
  const [timeout, setTimeout] = useState<number | string>("");
  const [attempts, setAttempts] = useState<number | string>("");
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
  const choices = [...new Set([...nodes, ...(found.data?.rows ?? []).map(({ name }) => name)])];

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (kind === undefined || nodes.length === 0 || wrong.length > 0) return;
    setBusy(true);
    setError(null);
    const limits = {
      ...(timeout === "" ? {} : { timeout_s: Number(timeout) }),
      ...(attempts === "" ? {} : { max_attempts: Number(attempts) }),
    };
    const made = await Promise.allSettled(
      nodes.map((node) => createTask({ node, kind: kind.name, parameters: values as Record<string, never>, workspace, ...limits })),
    );
    setBusy(false);
    const refused = made.filter((one) => one.status === "rejected");
    const first = made.find((one) => one.status === "fulfilled");
    if (first === undefined) {
      setError(refused[0]?.reason);
      return;
    }
    if (refused.length > 0) notifyFailure(refused[0]?.reason, text.tasks.someFailed(refused.length, made.length));
    notifyDone(text.tasks.queued(made.length - refused.length));
    await (made.length === 1
      ? navigate({ to: "/tasks/$task", params: { task: first.value.id } })
      : navigate({ to: "/tasks", search: { kind: kind.name } }));
  }

  return (
    <PageFrame title={text.tasks.new} above={<Link to="/tasks" className="back-link">{text.tasks.title}</Link>}>
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
              data={(kinds.data ?? []).map(({ name }) => name)}
              value={kind?.name ?? null}
              onChange={(chosen) => {
                setFilled({});
                set({ kind: chosen ?? "" });
              }}
              searchable
            />
            {kind && <Text size="sm" className="quiet">{kind.summary}</Text>}
            <ParameterFields
              parameters={parameters}
              filled={filled}
              wrong={wrong}
              onFill={(name, value) => setFilled((before) => ({ ...before, [name]: value }))}
            />
            {kind && (
              <details>
                <summary className="quiet">{text.tasks.advanced}</summary>
                <Stack gap="sm" pt="xs">
                  <NumberInput
                    label={text.tasks.timeout} description={text.tasks.timeoutHelp} placeholder={String(kind.timeout_s)}
                    value={timeout} onChange={setTimeout} min={1} allowDecimal={false}
                  />
                  <NumberInput
                    label={text.tasks.maxAttempts} placeholder={String(kind.max_attempts)} value={attempts}
                    onChange={setAttempts} min={1} allowDecimal={false}
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
