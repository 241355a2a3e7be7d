import { useComputedColorScheme } from "@mantine/core";
import { type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { text } from "../../text/fleet";
import type { Choice } from "./choice";
import { APART, DIRECT, DOWN, IDLE, ITSELF, matrixOf, RELAYED, UNMEASURED } from "./links";
import classes from "./MeshMatrix.module.css";
import type { Topology } from "./requests";

const WORDS: Record<number, string> = {
  [DIRECT]: text.mesh.direct,
  [RELAYED]: text.mesh.relayed,
  [DOWN]: text.mesh.down,
  [UNMEASURED]: text.mesh.unmeasured,
  [IDLE]: text.mesh.idle,
  [APART]: text.mesh.apart,
};
/** What is well is quieter than what is not. */
const ALPHA: Record<number, number> = { [DIRECT]: 0.45, [IDLE]: 0.35 };
const LARGEST_CELL = 18;
/** Pixels that the whole matrix may take, while its cells are not larger than LARGEST_CELL. */
const ROOM = 900;

type Cell = [row: number, column: number];

/** Every pair of nodes as a cell, row by column: for meshes of a thousand nodes and more, too many for a graph. */
export function MeshMatrix({
  topology,
  onChoose,
}: {
  topology: Topology;
  onChoose: (choice: Choice) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  const { nodes } = topology;
  const size = nodes.length;
  const cell = Math.max(1, Math.min(LARGEST_CELL, Math.floor(ROOM / Math.max(1, size))));
  const cells = useMemo(() => matrixOf(topology), [topology]);
  const [hovered, setHovered] = useState<Cell | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another colour scheme is another drawing
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const page = getComputedStyle(document.documentElement);
    const colour = (name: string) => page.getPropertyValue(`--nimbus-${name}`).trim();
    const colours = new Map([
      [DIRECT, colour("ok")],
      [RELAYED, colour("warn")],
      [DOWN, colour("bad")],
      [ITSELF, colour("surface")],
      [IDLE, colour("idle")],
      [APART, colour("surface")],
    ]);
    const unmeasured = colour("line");
    const gap = cell >= 6 ? 1 : 0;
    context.clearRect(0, 0, size * cell, size * cell);
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        const code = cells[row * size + column];
        context.fillStyle = colours.get(code ?? -1) ?? unmeasured;
        context.globalAlpha = ALPHA[code ?? -1] ?? 1;
        context.fillRect(column * cell, row * cell, cell - gap, cell - gap);
      }
    }
  }, [cells, cell, size, scheme]);

  const cellAt = (event: MouseEvent<HTMLCanvasElement>): Cell | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top) / cell);
    const column = Math.floor((event.clientX - box.left) / cell);
    return row >= 0 && column >= 0 && row < size && column < size ? [row, column] : null;
  };
  const pairOf = (place: Cell | null) => {
    const [row, column] = place ?? [0, 0];
    const from = nodes[row];
    const to = nodes[column];
    if (row === column || !from || !to) return null;
    return { from, to, word: WORDS[cells[row * size + column] ?? -1] ?? "" };
  };
  const pair = pairOf(hovered);
  return (
    <div>
      <p className={classes.under}>
        {pair ? `${pair.from.name} · ${pair.to.name}: ${pair.word}` : text.mesh.chooseHint}
      </p>
      <div className={classes.scroller} tabIndex={0}>
        <canvas
          ref={canvas}
          width={size * cell}
          height={size * cell}
          className={classes.canvas}
          role="img"
          aria-label={text.mesh.matrixLabel(size)}
          onPointerMove={(event) => setHovered(cellAt(event))}
          onPointerLeave={() => setHovered(null)}
          onClick={(event) => {
            const clicked = pairOf(cellAt(event));
            if (clicked) onChoose({ kind: "pair", from: clicked.from.id, to: clicked.to.id });
          }}
        />
      </div>
    </div>
  );
}
