import { ActionIcon, Tooltip, useComputedColorScheme } from "@mantine/core";
import { type Icon, IconMaximize, IconMinus, IconPlus } from "@tabler/icons-react";
import cytoscape, { type Core, type ElementDefinition, type StylesheetJson } from "cytoscape";
import { useEffect, useRef } from "react";
import { text } from "../../text/fleet";
import type { Choice } from "./choice";
import { circle, isProblem, linksOf, type Point } from "./links";
import classes from "./MeshGraph.module.css";
import type { MeshNode, Topology } from "./requests";

// cytoscape would add a style element to the page, which the content security policy refuses. It does not when an
// element with this id exists; the rules it would add are in MeshGraph.module.css.
const STYLE_ID = "__________cytoscape_stylesheet";
const RADIUS_PER_NODE = 14;
const LEAST_RADIUS = 160;
const PADDING = 30;
const FONT_SIZE = 11;
// Names are written larger, as far as there is room, to be seen in so many pixels.
const LEAST_SEEN_FONT_SIZE = 10;
// Of more nodes each name points away from the circle, so that none is written over its neighbour's, with room for
// this size between them; what would be seen smaller than the last is not written at all.
const LEVEL_UP_TO = 24;
const LARGEST_POINTED_FONT_SIZE = 22;
const LEAST_WRITTEN_FONT_SIZE = 6;
const NODE_SIZE = 14;
const NAME_GAP = 4;
const ZOOM_STEP = 1.4;

function preventStyleElement(): void {
  if (document.getElementById(STYLE_ID) !== null) return;
  const element = document.createElement("meta");
  element.id = STYLE_ID;
  document.head.append(element);
}

interface Props extends Drawn {
  onChoose: (choice: Choice | null) => void;
}

interface Drawn {
  topology: Topology;
  /** Positions of the nodes that are drawn. */
  shown: number[];
  /** Ids of those that many problems have in common. */
  troubled: string[];
  showDirect: boolean;
  choice: Choice | null;
}

/**
 * Nodes on a circle and the links between them. Drawn by cytoscape: anew for other nodes or colours, and brought up to
 * date in place while only links and states change.
 */
export function MeshGraph({ onChoose, ...drawn }: Props) {
  const { topology, shown, showDirect, choice } = drawn;
  const container = useRef<HTMLDivElement>(null);
  const graph = useRef<Core | null>(null);
  const latest = useRef({ drawn, onChoose });
  latest.current = { drawn, onChoose };
  const scheme = useComputedColorScheme("light");
  const nodeIds = shown.map((position) => topology.nodes[position]?.id).join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: other nodes and other colours are another drawing
  useEffect(() => {
    if (container.current === null) return;
    const drawing = draw(container.current, elementsOf(latest.current.drawn), (chosen) =>
      latest.current.onChoose(chosen),
    );
    graph.current = drawing;
    const observer = new ResizeObserver(() => {
      drawing.resize();
      showWhole(drawing);
    });
    observer.observe(container.current);
    return () => {
      observer.disconnect();
      drawing.destroy();
      graph.current = null;
    };
  }, [nodeIds, scheme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new drawing is brought up to date as well
  useEffect(() => {
    if (graph.current !== null) update(graph.current, elementsOf(drawn));
  }, [topology, showDirect, choice, nodeIds, scheme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: links that came and a new drawing are highlighted as well
  useEffect(() => {
    if (graph.current !== null) highlight(graph.current, choice);
  }, [choice, topology, showDirect, nodeIds, scheme]);

  const zoomBy = (factor: number) => graph.current && zoom(graph.current, factor);
  return (
    <div className={classes.frame}>
      <div
        ref={container}
        className={classes.graph}
        role="img"
        aria-label={text.mesh.pictureLabel(shown.length, topology.problems)}
      />
      <ActionIcon.Group className={classes.zoom} orientation="vertical">
        <ZoomButton label={text.mesh.zoomIn} icon={IconPlus} onClick={() => zoomBy(ZOOM_STEP)} />
        <ZoomButton label={text.mesh.zoomOut} icon={IconMinus} onClick={() => zoomBy(1 / ZOOM_STEP)} />
        <ZoomButton
          label={text.mesh.zoomFit}
          icon={IconMaximize}
          onClick={() => graph.current && showWhole(graph.current)}
        />
      </ActionIcon.Group>
    </div>
  );
}

function ZoomButton(props: { label: string; icon: Icon; onClick: () => void }) {
  return (
    <Tooltip label={props.label} position="left">
      <ActionIcon variant="default" size={30} aria-label={props.label} onClick={props.onClick}>
        <props.icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

/** About the middle of what is seen. */
function zoom(graph: Core, factor: number): void {
  const middle = { x: graph.width() / 2, y: graph.height() / 2 };
  graph.zoom({ level: graph.zoom() * factor, renderedPosition: middle });
}

function draw(
  container: HTMLElement,
  elements: ElementDefinition[],
  onChoose: (choice: Choice | null) => void,
): Core {
  preventStyleElement();
  const graph = cytoscape({
    container,
    elements,
    style: style(),
    layout: { name: "preset" },
    minZoom: 0.15,
    maxZoom: 4,
    boxSelectionEnabled: false,
    autoungrabify: true,
  });
  showWhole(graph);
  graph.on("tap", "node", ({ target }) => onChoose({ kind: "node", node: target.id() }));
  graph.on("tap", "edge", ({ target }) =>
    onChoose({ kind: "pair", from: target.data("source"), to: target.data("target") }),
  );
  graph.on("tap", ({ target }) => {
    if (target === graph) onChoose(null);
  });
  return graph;
}

/** The whole drawing in its place, with names that can be read. */
function showWhole(graph: Core): void {
  const nodes = graph.nodes();
  nodes.style("font-size", FONT_SIZE);
  graph.fit(undefined, PADDING);
  if (graph.zoom() * FONT_SIZE >= LEAST_SEEN_FONT_SIZE) return;
  const largest = nodes.length > LEVEL_UP_TO ? LARGEST_POINTED_FONT_SIZE : Number.POSITIVE_INFINITY;
  nodes.style("font-size", Math.min(largest, LEAST_SEEN_FONT_SIZE / graph.zoom()));
  graph.fit(undefined, PADDING);
}

function update(graph: Core, elements: ElementDefinition[]): void {
  graph.batch(() => {
    const ids = new Set(elements.map(({ data }) => data.id));
    graph
      .edges()
      .filter((edge) => !ids.has(edge.id()))
      .remove();
    for (const element of elements) {
      const present = graph.getElementById(element.data.id ?? "");
      if (present.nonempty()) present.data(element.data);
      else graph.add(element);
    }
  });
}

function highlight(graph: Core, choice: Choice | null): void {
  graph.batch(() => {
    graph.elements().removeClass("chosen faded");
    if (choice === null) return;
    const chosen =
      choice.kind === "node"
        ? graph.getElementById(choice.node).closedNeighborhood()
        : graph.elements().filter((element) => isOfPair(element.data(), choice.from, choice.to));
    graph.elements().not(chosen).addClass("faded");
    chosen.addClass("chosen");
  });
}

function isChosen(choice: Choice | null, from: string, to: string): boolean {
  if (choice === null) return false;
  if (choice.kind === "node") return choice.node === from || choice.node === to;
  return isOfPair({ id: "", source: from, target: to }, choice.from, choice.to);
}

/** Whether this is one of the two nodes, or the link between them. */
function isOfPair(data: { id: string; source?: string; target?: string }, a: string, b: string): boolean {
  if (data.source === undefined) return data.id === a || data.id === b;
  return (data.source === a && data.target === b) || (data.source === b && data.target === a);
}

type Tone = "ok" | "warn" | "bad" | "idle";

/** Of the node itself: that others are not reached says nothing about it, unless it is what they have in common. */
function toneOf({ online, measured_at: measuredAt }: MeshNode, isTroubled: boolean): Tone {
  if (!online) return "bad";
  if (isTroubled) return "warn";
  return measuredAt === null ? "idle" : "ok";
}

/** Where the name of a node on the circle begins (or ends, on the left), and how it is turned. */
function pointedName({ x, y }: Point, side: "left" | "right"): { angle: number; dx: number; dy: number } {
  const outward = Math.atan2(y, x);
  const reach = NODE_SIZE / 2 + NAME_GAP;
  const edge = side === "left" ? -NODE_SIZE / 2 : NODE_SIZE / 2;
  return {
    angle: side === "left" ? outward - Math.PI : outward,
    dx: reach * Math.cos(outward) - edge,
    dy: reach * Math.sin(outward),
  };
}

/**
 * What is chosen is drawn with its direct links, whether the others are or not. Links of a node that is offline are
 * drawn when it is chosen: all are down, and would hide the others.
 */
function elementsOf({ topology, shown, troubled, showDirect, choice }: Drawn): ElementDefinition[] {
  const nodes = shown.flatMap((position) => topology.nodes[position] ?? []);
  const ids = new Set(nodes.map(({ id }) => id));
  const points = circle(nodes.length, Math.max(LEAST_RADIUS, (nodes.length * RADIUS_PER_NODE) / 2));
  return [
    ...nodes.map((node, index) => {
      const position = points[index] ?? { x: 0, y: 0 };
      const side = position.x < -1 ? "left" : "right";
      const name = nodes.length > LEVEL_UP_TO ? pointedName(position, side) : {};
      const tone = toneOf(node, troubled.includes(node.id));
      return { data: { id: node.id, name: node.name, tone, side, ...name }, position };
    }),
    ...linksOf(topology)
      .filter(({ from, to }) => ids.has(from.id) && ids.has(to.id))
      .filter(
        ({ from, to, path }) =>
          isChosen(choice, from.id, to.id) || (from.online && to.online && (showDirect || isProblem(path))),
      )
      .map(({ from, to, path, rttMs }) => ({
        data: { id: `${from.id}:${to.id}`, source: from.id, target: to.id, path, rtt: rttMs ?? 0 },
      })),
  ];
}

function style(): StylesheetJson {
  const page = getComputedStyle(document.documentElement);
  const colour = (name: string) => page.getPropertyValue(`--nimbus-${name}`).trim();
  return [
    {
      selector: "node",
      style: {
        label: "data(name)",
        width: NODE_SIZE,
        height: NODE_SIZE,
        color: page.getPropertyValue("--mantine-color-text").trim(),
        "font-size": FONT_SIZE,
        "text-valign": "center",
        "text-halign": "right",
        "text-margin-x": NAME_GAP,
        "min-zoomed-font-size": LEAST_WRITTEN_FONT_SIZE,
        "background-color": colour("ok"),
        "font-family": "system-ui",
      },
    },
    { selector: "node[side = 'left']", style: { "text-halign": "left", "text-margin-x": -NAME_GAP } },
    {
      selector: "node[angle]",
      style: { "text-rotation": "data(angle)", "text-margin-x": "data(dx)", "text-margin-y": "data(dy)" },
    },
    { selector: "node[tone = 'warn']", style: { "background-color": colour("warn"), shape: "triangle" } },
    { selector: "node[tone = 'bad']", style: { "background-color": colour("bad"), shape: "diamond" } },
    { selector: "node[tone = 'idle']", style: { "background-color": colour("idle"), shape: "rectangle" } },
    {
      selector: "edge",
      style: { width: 1, "line-color": colour("ok"), opacity: 0.35, "curve-style": "straight" },
    },
    { selector: "edge[path = 'idle']", style: { "line-color": colour("idle"), opacity: 0.2 } },
    {
      selector: "edge[path = 'relayed']",
      style: { width: 1.5, "line-color": colour("warn"), "line-style": "dashed", opacity: 0.9 },
    },
    {
      selector: "edge[path = 'down']",
      style: { width: 1.5, "line-color": colour("bad"), "line-style": "dotted", opacity: 0.9 },
    },
    { selector: ".faded", style: { opacity: 0.08 } },
    { selector: "node.faded", style: { opacity: 0.3 } },
    { selector: "edge.chosen", style: { width: 2.5, opacity: 1 } },
  ] as StylesheetJson;
}
