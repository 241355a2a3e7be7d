import { useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { text } from "../../text/fleet";
import type { Choice } from "./choice";
import { APART, DIRECT, DOWN, IDLE, RELAYED, UNMEASURED } from "./links";
import classes from "./MeshMatrix.module.css";
import { drawMatrix } from "./matrixPicture";
import type { Paths } from "./paths";
import type { MeshNode, Topology } from "./requests";

export const WORDS: Record<number, string> = {
  [DIRECT]: text.mesh.direct,
  [RELAYED]: text.mesh.relayed,
  [DOWN]: text.mesh.down,
  [IDLE]: text.mesh.idle,
  [UNMEASURED]: text.mesh.unmeasured,
  [APART]: text.mesh.apart,
};
const LARGEST_CELL = 18;
/** Pixels that the whole matrix may take, while its cells are not larger than LARGEST_CELL. */
const ROOM = 900;
/** Pixels from one name to the next at least. */
const NAME_ROOM = 14;
const NOWHERE = { row: -1, column: -1 };

interface Props {
  topology: Topology;
  paths: Paths;
  /** Positions of the nodes that are rows and columns. */
  shown: number[];
  choice: Choice | null;
  onChoose: (choice: Choice) => void;
}

interface Cell {
  row: number;
  column: number;
}

/** Every pair of nodes as a cell, row by column: for meshes that are too large for a graph. */
export function MeshMatrix({ topology, paths, shown, choice, onChoose }: Props) {
  const size = shown.length;
  const cell = Math.max(1, Math.min(LARGEST_CELL, Math.floor(ROOM / Math.max(1, size))));
  const nodes = useMemo(
    () => shown.flatMap((position) => topology.nodes[position] ?? []),
    [shown, topology.nodes],
  );
  const [pointed, setPointed] = useState<Cell | null>(null);
  const pairAt = ({ row, column }: Cell) => {
    const [from, to] = [nodes[row], nodes[column]];
    if (row === column || !from || !to) return null;
    const word = WORDS[paths.between(shown[row] ?? 0, shown[column] ?? 0)] ?? "";
    return { from, to, words: text.mesh.cell(from.name, to.name, word) };
  };
  const choose = (at: Cell) => {
    const pair = pairAt(at);
    if (pair) onChoose({ kind: "pair", from: pair.from.id, to: pair.to.id });
  };
  const chosen = cellOf(choice, nodes);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && pointed) return choose(pointed);
    const next = stepped(pointed ?? chosen, event.key, size);
    if (next === null) return;
    event.preventDefault();
    setPointed(next);
  };
  const atPointer = (event: MouseEvent<HTMLElement>): Cell | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top) / cell);
    const column = Math.floor((event.clientX - box.left) / cell);
    return row >= 0 && column >= 0 && row < size && column < size ? { row, column } : null;
  };
  const marked = pointed ?? chosen;
  const words = pointed && pairAt(pointed)?.words;
  return (
    <div>
      <section
        className={classes.scroller}
        tabIndex={0}
        aria-label={text.mesh.matrixKeys}
        onKeyDown={onKeyDown}
      >
        <div className={classes.grid}>
          <Names nodes={nodes} cell={cell} at={marked?.column} side="top" />
          <Names nodes={nodes} cell={cell} at={marked?.row} side="left" />
          {/* biome-ignore lint/a11y/noStaticElementInteractions: for a pointer; keys go to the section */}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
          <div
            className={classes.cells}
            onPointerMove={(event) => setPointed(atPointer(event))}
            onPointerLeave={() => setPointed(null)}
            onClick={(event) => choose(atPointer(event) ?? NOWHERE)}
          >
            <Cells paths={paths} shown={shown} cell={cell} />
            {marked && <Marks at={marked} cell={cell} size={size} />}
            {pointed && words && <Hint at={pointed} cell={cell} size={size} words={words} />}
          </div>
        </div>
      </section>
      <VisuallyHidden role="status">{words}</VisuallyHidden>
    </div>
  );
}

/** The chosen pair, or the row and column of the chosen node. */
function cellOf(choice: Choice | null, nodes: MeshNode[]): Cell | null {
  const at = (id: string) => nodes.findIndex((node) => node.id === id);
  if (choice === null) return null;
  const cell =
    choice.kind === "pair"
      ? { row: at(choice.from), column: at(choice.to) }
      : { row: at(choice.node), column: at(choice.node) };
  return cell.row >= 0 && cell.column >= 0 ? cell : null;
}

const STEPS: Record<string, [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function stepped(from: Cell | null, key: string, size: number): Cell | null {
  const step = STEPS[key];
  if (!step) return null;
  if (from === null) return { row: 0, column: Math.min(1, size - 1) };
  const within = (at: number) => Math.max(0, Math.min(size - 1, at));
  return { row: within(from.row + step[0]), column: within(from.column + step[1]) };
}

function Cells({ paths, shown, cell }: { paths: Paths; shown: number[]; cell: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another colour scheme is another drawing
  useEffect(() => {
    const drawing = new AbortController();
    if (canvas.current) void drawMatrix(canvas.current, { shown, paths, cell }, drawing.signal);
    return () => drawing.abort();
  }, [paths, shown, cell, scheme]);
  return (
    <canvas
      ref={canvas}
      width={shown.length * cell}
      height={shown.length * cell}
      className={classes.canvas}
      role="img"
      aria-label={text.mesh.matrixLabel(shown.length)}
    />
  );
}

interface NamesProps {
  nodes: MeshNode[];
  cell: number;
  at: number | undefined;
  side: "top" | "left";
}

/** The names of rows or columns: of every so-manieth where there is no room for all, and of the marked one. */
function Names({ nodes, cell, at, side }: NamesProps) {
  const every = Math.ceil(NAME_ROOM / cell);
  const named = nodes.flatMap(({ id, name }, position) => {
    if (position === at) return { id, name, position, marked: true };
    const isNear = at !== undefined && Math.abs(position - at) < every;
    return position % every === 0 && !isNear ? { id, name, position, marked: false } : [];
  });
  const length = nodes.length * cell;
  return (
    <div
      className={side === "top" ? classes.top : classes.left}
      style={side === "top" ? { width: length } : { height: length }}
      aria-hidden
    >
      {named.map(({ id, name, position, marked }) => {
        const middle = position * cell + cell / 2;
        return (
          <span
            key={id}
            className={classes.name}
            data-marked={marked || undefined}
            style={side === "top" ? { left: middle } : { top: middle }}
          >
            {name}
          </span>
        );
      })}
    </div>
  );
}

/** The row and the column of a cell, and the cell itself with its mirror image. */
function Marks({ at, cell, size }: { at: Cell; cell: number; size: number }) {
  const length = size * cell;
  const box = Math.max(cell, 5);
  const around = (row: number, column: number) => ({
    left: column * cell - (box - cell) / 2,
    top: row * cell - (box - cell) / 2,
    width: box,
    height: box,
  });
  return (
    <>
      <div className={classes.band} style={{ left: 0, top: at.row * cell, width: length, height: cell }} />
      <div className={classes.band} style={{ left: at.column * cell, top: 0, width: cell, height: length }} />
      {at.row !== at.column && (
        <>
          <div className={classes.mark} style={around(at.row, at.column)} />
          <div className={classes.mark} style={around(at.column, at.row)} />
        </>
      )}
    </>
  );
}

const HINT_WIDTH = 220;

/** What the cell is, beside it. */
function Hint({ at, cell, size, words }: { at: Cell; cell: number; size: number; words: string }) {
  const isRight = at.column * cell + HINT_WIDTH > size * cell;
  const left = at.column * cell + (isRight ? -8 : cell + 8);
  return (
    <div
      className={classes.hint}
      data-side={isRight ? "left" : "right"}
      style={{ left, top: at.row * cell }}
      aria-hidden
    >
      {words}
    </div>
  );
}
