import { Button, Group, Loader, SegmentedControl, Select, Switch } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Suspense, useEffect, useMemo, useState } from "react";
import { useAccess } from "../../access/useAccess";
import { useFilters } from "../../components/collection/filters";
import { Empty } from "../../components/Empty";
import { Failure } from "../../components/Failure";
import { lazyPart } from "../../components/lazily";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { text } from "../../text/fleet";
import { type Causes, causesOf } from "./causes";
import type { Choice } from "./choice";
import { NodeExplanation, PairExplanation } from "./Explanation";
import { Legend } from "./Legend";
import { MeshMatrix } from "./MeshMatrix";
import classes from "./MeshPage.module.css";
import { nextTurn } from "./nextTurn";
import { Problems } from "./Problems";
import { pathsOf } from "./paths";
import { type MeshNode, measureAll, meshQuery, type Topology, topologyQuery } from "./requests";

const MeshGraph = lazyPart(() => import("./MeshGraph"), "MeshGraph");
/** Above this, the matrix is shown first. */
const GRAPH_UP_TO = 40;
/** So much is drawn as a graph: more could not be told apart, and would keep the browser busy. */
const MOST_DRAWN = { nodes: 200, links: 1500 };
/** Above this, direct links hide the rest of the picture. */
const DIRECT_SHOWN_UP_TO = 40;

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
  const { values: filters, set } = useFilters("view", "node", "from", "to", "direct", "offline");
  const { nodes } = topology;
  const paths = useMemo(() => pathsOf(topology), [topology]);
  const causes = useCauses(topology);
  const view = filters.view || (nodes.length > GRAPH_UP_TO ? "matrix" : "graph");
  const showDirect = filters.direct ? filters.direct === "yes" : nodes.length <= DIRECT_SHOWN_UP_TO;
  const offline = nodes.filter(({ online }) => !online).length;
  const showOffline = filters.offline === "yes" || offline === nodes.length;
  const shown = useMemo(
    () => nodes.flatMap(({ online }, position) => (online || showOffline ? [position] : [])),
    [nodes, showOffline],
  );
  const options = useMemo(() => nodes.map(({ id, name }) => ({ value: id, label: name })), [nodes]);
  const choice = useChoice(filters, nodes);
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
            {offline > 0 && offline < nodes.length && (
              <Switch
                size="xs"
                label={text.mesh.showOffline(offline)}
                checked={showOffline}
                onChange={(event) => set({ offline: event.currentTarget.checked ? "yes" : "" })}
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
            data={options}
            value={choice?.kind === "node" ? choice.node : null}
            onChange={(node) => choose(node ? { kind: "node", node } : null)}
          />
        }
      >
        {view === "graph" && causes && (
          <Graph
            {...{ topology, causes, shown, showDirect, choice }}
            onChoose={choose}
            onMatrix={() => set({ view: "matrix" })}
          />
        )}
        {view === "matrix" && <MeshMatrix {...{ topology, paths, shown, choice }} onChoose={choose} />}
        <Legend
          topology={topology}
          view={view}
          note={view === "graph" && !(showDirect && topology.complete) ? text.mesh.onlyProblems : ""}
        />
      </Panel>
      <div className={classes.side}>
        {choice && (
          <Panel title={text.mesh.why}>
            <Chosen choice={choice} topology={topology} />
          </Panel>
        )}
        {causes && <Problems causes={causes} onChoose={choose} />}
      </div>
    </div>
  );
}

/** In a turn of its own: of a large mesh they take a while. Those of before are shown until then. */
function useCauses(topology: Topology): Causes | null {
  const [causes, setCauses] = useState<Causes | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void nextTurn().then(() => isCurrent && setCauses(causesOf(topology)));
    return () => {
      isCurrent = false;
    };
  }, [topology]);
  return causes;
}

/** What the address names; one that was written by hand has names instead of ids. */
function useChoice(
  { from, to, node }: Record<"from" | "to" | "node", string>,
  nodes: MeshNode[],
): Choice | null {
  return useMemo<Choice | null>(() => {
    const idOf = (word: string) => nodes.find(({ id, name }) => id === word || name === word)?.id ?? word;
    if (from && to) return { kind: "pair", from: idOf(from), to: idOf(to) };
    return node ? { kind: "node", node: idOf(node) } : null;
  }, [from, to, node, nodes]);
}

interface GraphProps {
  topology: Topology;
  causes: Causes;
  shown: number[];
  showDirect: boolean;
  choice: Choice | null;
  onChoose: (choice: Choice | null) => void;
  onMatrix: () => void;
}

/** As far as it can be drawn. */
function Graph({ causes, onMatrix, ...props }: GraphProps) {
  const problems = causes.total - causes.offline.links;
  if (props.shown.length > MOST_DRAWN.nodes || problems > MOST_DRAWN.links) {
    return (
      <Empty
        title={text.mesh.tooLarge}
        action={
          <Button variant="default" onClick={onMatrix}>
            {text.mesh.showMatrix}
          </Button>
        }
      >
        {text.mesh.tooLargeText(MOST_DRAWN.nodes, MOST_DRAWN.links)}
      </Empty>
    );
  }
  return (
    <Suspense fallback={<Loader size="sm" />}>
      <MeshGraph {...props} troubled={causes.named.map(({ node }) => node.id)} />
    </Suspense>
  );
}

function Chosen({ choice, topology }: { choice: Choice; topology: Topology }) {
  if (choice.kind === "pair") return <PairExplanation from={choice.from} to={choice.to} />;
  const node = topology.nodes.find(({ id }) => id === choice.node);
  return node ? <NodeExplanation node={node} /> : null;
}
