import { Button, Group, Loader, SegmentedControl, Select, Switch, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Suspense, useMemo } from "react";
import { useAccess } from "../../access/useAccess";
import { useFilters } from "../../components/collection/filters";
import { Empty } from "../../components/Empty";
import { Failure } from "../../components/Failure";
import { lazyPart } from "../../components/lazily";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { text } from "../../text/fleet";
import type { Choice } from "./choice";
import { NodeExplanation, PairExplanation } from "./Explanation";
import { isProblem, linksOf } from "./links";
import { MeshMatrix } from "./MeshMatrix";
import classes from "./MeshPage.module.css";
import { measureAll, meshQuery, type Topology, topologyQuery } from "./requests";

const MeshGraph = lazyPart(() => import("./MeshGraph"), "MeshGraph");
/** Above this, the matrix is shown first. */
const GRAPH_UP_TO = 250;
/** Above this, direct links hide the rest of the picture. */
const DIRECT_SHOWN_UP_TO = 40;
const LISTED = 200;

export function MeshPage() {
  const access = useAccess();
  const info = useQuery(meshQuery);
  const query = useQuery(topologyQuery);
  const measure = useMutation({
    mutationFn: measureAll,
    onSuccess: ({ nodes }) => notifyDone(text.mesh.measureStarted(nodes)),
    onError: (error) => notifyFailure(error),
  });
  const topology = query.data;
  return (
    <PageFrame
      title={text.mesh.title}
      beside={
        info.data &&
        info.data.mode !== "off" && (
          <span className="quiet">
            <span className="mono">{info.data.overlay}</span> · {text.mesh.device} {info.data.mode} ·{" "}
            {text.mesh.revision} {count(info.data.revision)}
          </span>
        )
      }
      actions={
        access.somewhere("mesh:write") &&
        topology !== undefined &&
        topology.nodes.length > 0 && (
          <Button variant="default" loading={measure.isPending} onClick={() => measure.mutate()}>
            {text.mesh.measure}
          </Button>
        )
      }
    >
      {query.isError && topology === undefined && (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Loader size="sm" />}
      {topology?.nodes.length === 0 && (
        <Panel>
          <Empty title={info.data?.mode === "off" ? text.mesh.off : text.mesh.empty}>
            {info.data?.mode === "off" ? text.mesh.offText : text.mesh.emptyText}
          </Empty>
        </Panel>
      )}
      {topology && topology.nodes.length > 0 && <Picture topology={topology} />}
    </PageFrame>
  );
}

function Picture({ topology }: { topology: Topology }) {
  const { values: filters, set } = useFilters("view", "node", "from", "to", "direct");
  const size = topology.nodes.length;
  const view = filters.view || (size > GRAPH_UP_TO ? "matrix" : "graph");
  const showDirect = filters.direct ? filters.direct === "yes" : size <= DIRECT_SHOWN_UP_TO;
  const choice = useMemo<Choice | null>(() => {
    // An address that somebody wrote may have names.
    const idOf = (word: string) =>
      topology.nodes.find(({ id, name }) => id === word || name === word)?.id ?? word;
    if (filters.from && filters.to) return { kind: "pair", from: idOf(filters.from), to: idOf(filters.to) };
    return filters.node ? { kind: "node", node: idOf(filters.node) } : null;
  }, [filters.from, filters.to, filters.node, topology.nodes]);
  const choose = (next: Choice | null) => {
    const none = { node: "", from: "", to: "" };
    if (next?.kind === "node") set({ ...none, node: next.node });
    else set(next ? { ...none, from: next.from, to: next.to } : none);
  };
  return (
    <div className={classes.columns}>
      <Panel
        title={
          <Group gap="sm">
            <SegmentedControl
              size="xs"
              aria-label={text.mesh.view}
              value={view}
              onChange={(chosen) => set({ view: chosen })}
              data={[
                { value: "graph", label: text.mesh.graph },
                { value: "matrix", label: text.mesh.matrix },
              ]}
            />
            {view === "graph" && topology.complete && (
              <Switch
                size="xs"
                label={text.mesh.showDirect}
                checked={showDirect}
                onChange={(event) => set({ direct: event.currentTarget.checked ? "yes" : "no" })}
              />
            )}
          </Group>
        }
        aside={
          <Select
            size="xs"
            searchable
            clearable
            aria-label={text.mesh.search}
            placeholder={text.mesh.search}
            limit={50}
            data={topology.nodes.map(({ id, name }) => ({ value: id, label: name }))}
            value={choice?.kind === "node" ? choice.node : null}
            onChange={(node) => choose(node ? { kind: "node", node } : null)}
          />
        }
      >
        {view === "graph" ? (
          <Suspense fallback={<Loader size="sm" />}>
            <MeshGraph topology={topology} showDirect={showDirect} choice={choice} onChoose={choose} />
          </Suspense>
        ) : (
          <MeshMatrix topology={topology} onChoose={choose} />
        )}
        <Legend topology={topology} isWhole={topology.complete || view === "matrix"} />
      </Panel>
      <div className={classes.side}>
        {choice && (
          <Panel title={text.mesh.why}>
            <Chosen choice={choice} topology={topology} />
          </Panel>
        )}
        <Problems topology={topology} onChoose={choose} />
      </div>
    </div>
  );
}

function Chosen({ choice, topology }: { choice: Choice; topology: Topology }) {
  if (choice.kind === "pair") return <PairExplanation from={choice.from} to={choice.to} />;
  const node = topology.nodes.find(({ id }) => id === choice.node);
  return node ? <NodeExplanation node={node} /> : null;
}

function Legend({ topology, isWhole }: { topology: Topology; isWhole: boolean }) {
  return (
    <Group gap="md" mt="xs">
      <Status state="direct" word={text.mesh.direct} />
      <Status state="relayed" word={text.mesh.relayed} />
      <Status state="idle" word={text.mesh.idle} />
      <Status state="down" word={text.mesh.down} />
      {topology.nodes.some(({ measured_at: at }) => at === null) && (
        <Status state="Pending" word={text.mesh.unmeasured} />
      )}
      {topology.joined.some((scopes) => scopes.length < topology.joined.length) && (
        <Status state="disabled" word={text.mesh.apart} />
      )}
      {!isWhole && <span className="quiet">{text.mesh.onlyProblems}</span>}
    </Group>
  );
}

function Problems({ topology, onChoose }: { topology: Topology; onChoose: (choice: Choice) => void }) {
  const { problems } = topology;
  const listed = useMemo(
    () =>
      linksOf(topology)
        .filter(({ path }) => isProblem(path))
        .slice(0, LISTED),
    [topology],
  );
  return (
    <Panel title={text.mesh.listTitle} aside={problems > 0 && count(problems)}>
      {listed.length === 0 ? (
        <Status state="ok" word={text.mesh.noProblems} />
      ) : (
        <ul className={classes.problems}>
          {listed.map(({ from, to, path }) => (
            <li key={`${from.id}:${to.id}`}>
              <UnstyledButton
                className={classes.problem}
                onClick={() => onChoose({ kind: "pair", from: from.id, to: to.id })}
              >
                <span className="truncate">{text.mesh.pair(from.name, to.name)}</span>
                <Status state={path} />
              </UnstyledButton>
            </li>
          ))}
          {problems > listed.length && <li className="quiet">+ {count(problems - listed.length)}</li>}
        </ul>
      )}
    </Panel>
  );
}
