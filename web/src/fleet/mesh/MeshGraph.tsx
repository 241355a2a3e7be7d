import { useComputedColorScheme } from "@mantine/core";
import cytoscape, { type Core, type ElementDefinition, type StylesheetJson } from "cytoscape";
import { useEffect, useRef } from "react";
import { text } from "../../text";
import type { Choice } from "./choice";
import { circle, linksOf } from "./links";
import classes from "./MeshGraph.module.css";
import type { Topology } from "./requests";

// cytoscape would put a style element into the page, which the content security policy refuses. It does not when one of
// that name is there; what it says is in MeshGraph.module.css.
const STYLE_ID = "__________cytoscape_stylesheet";
const RADIUS_PER_NODE = 14;
const LEAST_RADIUS = 160;
const FOLDED = new Set(["direct"]);

function keepStyleOut(): void {
  if (document.getElementById(STYLE_ID) !== null) return;
  const element = document.createElement("meta");
  element.id = STYLE_ID;
  document.head.append(element);
}

interface Props {
  topology: Topology;
  showDirect: boolean;
  choice: Choice | null;
  onChoose: (choice: Choice | null) => void;
}

/** Nodes on a circle, links by how they go. Drawn by cytoscape; what was drawn is kept while only links change. */
export function MeshGraph({ topology, showDirect, choice, onChoose }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const graph = useRef<Core | null>(null);
  const choose = useRef(onChoose);
  choose.current = onChoose;
  const scheme = useComputedColorScheme("light");
  const names = topology.nodes.map(({ id }) => id).join();

  useEffect(() => {
    if (holder.current === null) return;
    keepStyleOut();
    const made = cytoscape({
      container: holder.current,
      elements: elementsOf(topology, showDirect),
      style: style(),
      layout: { name: "preset" },
      minZoom: 0.15,
      maxZoom: 4,
      boxSelectionEnabled: false,
      autoungrabify: true,
    });
    made.fit(undefined, 30);
    made.on("tap", "node", ({ target }) => choose.current({ kind: "node", node: target.id() }));
    made.on("tap", "edge", ({ target }) =>
      choose.current({ kind: "pair", from: target.data("source"), to: target.data("target") }),
    );
    made.on("tap", ({ target }) => {
      if (target === made) choose.current(null);
    });
    graph.current = made;
    const watcher = new ResizeObserver(() => {
      made.resize();
      made.fit(undefined, 30);
    });
    watcher.observe(holder.current);
    return () => {
      watcher.disconnect();
      made.destroy();
      graph.current = null;
    };
    // The nodes decide what is made anew; their links and states are brought up to date below.
  }, [names, scheme]);

  useEffect(() => {
    const made = graph.current;
    if (made === null) return;
    made.batch(() => {
      const wanted = elementsOf(topology, showDirect);
      const ids = new Set(wanted.map(({ data }) => data.id));
      made.edges().forEach((edge) => {
        if (!ids.has(edge.id())) edge.remove();
      });
      for (const element of wanted) {
        const present = made.getElementById(element.data.id ?? "");
        if (present.nonempty()) present.data(element.data);
        else made.add(element);
      }
    });
  }, [topology, showDirect, names, scheme]);

  useEffect(() => {
    const made = graph.current;
    if (made === null) return;
    made.batch(() => {
      made.elements().removeClass("chosen faded");
      if (choice === null) return;
      const chosen =
        choice.kind === "node"
          ? made.getElementById(choice.node).closedNeighborhood()
          : made
              .nodes()
              .filter((node) => [choice.from, choice.to].includes(node.id()))
              .union(
                made
                  .edges()
                  .filter((edge) =>
                    isBetween(edge.data("source"), edge.data("target"), choice.from, choice.to),
                  ),
              );
      made.elements().not(chosen).addClass("faded");
      chosen.addClass("chosen");
    });
  }, [choice, topology, showDirect, names, scheme]);

  return (
    <div
      ref={holder}
      className={classes.graph}
      role="img"
      aria-label={text.mesh.pictureLabel(topology.nodes.length, topology.problems)}
    />
  );
}

function isBetween(a: string, b: string, one: string, other: string): boolean {
  return (a === one && b === other) || (a === other && b === one);
}

function elementsOf(topology: Topology, showDirect: boolean): ElementDefinition[] {
  const { nodes } = topology;
  const places = circle(nodes.length, Math.max(LEAST_RADIUS, (nodes.length * RADIUS_PER_NODE) / 2));
  const links = linksOf(topology).filter(({ path }) => showDirect || !FOLDED.has(path));
  const away = nodes.filter(({ online }) => !online).length;
  return [
    ...nodes.map(({ id, name, online, down, relayed, measured_at: at }, position) => ({
      // Links to those that are away say nothing of the others.
      data: {
        id,
        name,
        tone: !online ? "bad" : at === null ? "idle" : down > away || relayed > 0 ? "warn" : "ok",
        side: places[position]!.x < -1 ? "left" : "right",
      },
      position: places[position]!,
    })),
    ...links.map(({ a, b, path, rttMs }) => ({
      data: {
        id: `${nodes[a]!.id}:${nodes[b]!.id}`,
        source: nodes[a]!.id,
        target: nodes[b]!.id,
        path,
        rtt: rttMs ?? 0,
      },
    })),
  ];
}

function style(): StylesheetJson {
  const page = getComputedStyle(document.documentElement);
  const colour = (name: string) => page.getPropertyValue(`--nimbus-${name}`).trim();
  const word = page.getPropertyValue("--mantine-color-text").trim();
  return [
    {
      selector: "node",
      style: {
        label: "data(name)",
        width: 14,
        height: 14,
        color: word,
        "font-size": 11,
        "text-valign": "center",
        "text-halign": "right",
        "text-margin-x": 4,
        "background-color": colour("ok"),
        "font-family": "system-ui",
      },
    },
    { selector: "node[side = 'left']", style: { "text-halign": "left", "text-margin-x": -4 } },
    { selector: "node[tone = 'warn']", style: { "background-color": colour("warn"), shape: "triangle" } },
    { selector: "node[tone = 'bad']", style: { "background-color": colour("bad"), shape: "diamond" } },
    { selector: "node[tone = 'idle']", style: { "background-color": colour("idle"), shape: "rectangle" } },
    {
      selector: "edge",
      style: { width: 1, "line-color": colour("ok"), opacity: 0.35, "curve-style": "straight" },
    },
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
