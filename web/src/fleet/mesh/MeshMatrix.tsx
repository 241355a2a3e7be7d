import { useComputedColorScheme } from "@mantine/core";
import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { text } from "../../text";
import type { Choice } from "./choice";
import { DIRECT, DOWN, ITSELF, matrixOf, RELAYED } from "./links";
import classes from "./MeshMatrix.module.css";
import type { Topology } from "./requests";

const LARGEST_CELL = 18;
const ROOM = 900;

/** Every pair as a cell: row by column. For meshes that are too large for a picture; up to a thousand nodes and more. */
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
  const [under, setUnder] = useState<[row: number, column: number] | null>(null);

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
    ]);
    const rest = colour("line");
    const gap = cell >= 6 ? 1 : 0;
    context.clearRect(0, 0, size * cell, size * cell);
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        const code = cells[row * size + column]!;
        context.fillStyle = colours.get(code) ?? rest;
        context.globalAlpha = code === DIRECT ? 0.45 : 1;
        context.fillRect(column * cell, row * cell, cell - gap, cell - gap);
      }
    }
  }, [cells, cell, size, scheme]);

  const at = (event: PointerEvent<HTMLCanvasElement>): [number, number] | null => {
    const box = event.currentTarget.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top) / cell);
    const column = Math.floor((event.clientX - box.left) / cell);
    return row >= 0 && column >= 0 && row < size && column < size ? [row, column] : null;
  };
  return (
    <div>
      <p className={classes.under}>
        {under && under[0] !== under[1]
          ? `${nodes[under[0]]!.name} · ${nodes[under[1]]!.name}: ${word(cells[under[0] * size + under[1]]!)}`
          : text.mesh.chooseHint}
      </p>
      <div className={classes.scroller} tabIndex={0}>
        <canvas
          ref={canvas}
          width={size * cell}
          height={size * cell}
          className={classes.canvas}
          role="img"
          aria-label={text.mesh.matrixLabel(size)}
          onPointerMove={(event) => setUnder(at(event))}
          onPointerLeave={() => setUnder(null)}
          onClick={(event) => {
            const found = at(event as unknown as PointerEvent<HTMLCanvasElement>);
            if (found && found[0] !== found[1])
              onChoose({ kind: "pair", from: nodes[found[0]]!.id, to: nodes[found[1]]!.id });
          }}
        />
      </div>
    </div>
  );
}

function word(code: number): string {
  return [text.mesh.direct, text.mesh.relayed, text.mesh.down, text.mesh.unmeasured][code] ?? "";
}
