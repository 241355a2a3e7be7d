import { Group } from "@mantine/core";
import { Status } from "../../components/Status";
import { text } from "../../text/fleet";
import { APART, DIRECT, DOWN, IDLE, RELAYED, UNMEASURED } from "./links";
import classes from "./MeshPage.module.css";
import { COLOURS } from "./matrixPicture";
import type { Topology } from "./requests";

const ENTRIES = [
  { code: DIRECT, state: "direct", word: text.mesh.direct },
  { code: RELAYED, state: "relayed", word: text.mesh.relayed },
  { code: IDLE, state: "idle", word: text.mesh.idle },
  { code: DOWN, state: "down", word: text.mesh.down },
  { code: UNMEASURED, state: "Pending", word: text.mesh.unmeasured },
  { code: APART, state: "disabled", word: text.mesh.apart },
];

/** What the colours say: as cells beside the matrix, as the states of links beside the graph. */
export function Legend({ topology, view, note }: { topology: Topology; view: string; note: string }) {
  const { nodes, joined } = topology;
  const isThere = (code: number) =>
    code === UNMEASURED
      ? nodes.some(({ measured_at: at }) => at === null)
      : code !== APART || joined.some((scopes) => scopes.length < joined.length);
  return (
    <Group gap="md" mt="xs">
      {ENTRIES.filter(({ code }) => isThere(code)).map(({ code, state, word }) =>
        view === "matrix" ? (
          <span key={state} className={classes.entry}>
            <span className={classes.swatch}>
              <span
                style={{ background: `var(--nimbus-${COLOURS[code]?.name})`, opacity: COLOURS[code]?.share }}
              />
            </span>
            {word}
          </span>
        ) : (
          <Status key={state} state={state} word={word} />
        ),
      )}
      {note && <span className="quiet">{note}</span>}
    </Group>
  );
}
