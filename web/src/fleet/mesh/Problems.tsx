import { Button, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { text } from "../../text/fleet";
import type { Causes } from "./causes";
import type { Choice } from "./choice";
import classes from "./MeshPage.module.css";
import type { MeshNode } from "./requests";

/** Offline nodes up to this number each have a line. */
const OFFLINE_APART = 5;
const PAIRS_AT_FIRST = 50;

interface Props {
  causes: Causes;
  onChoose: (choice: Choice) => void;
}

/** Why links are relayed or down: nodes that many have in common, then what is left pair by pair. */
export function Problems({ causes, onChoose }: Props) {
  const { offline, named, pairs, left, total } = causes;
  const [most, setMost] = useState(PAIRS_AT_FIRST);
  const chooseNode = (node: MeshNode) => onChoose({ kind: "node", node: node.id });
  return (
    <Panel title={text.mesh.listTitle} aside={total > 0 && count(total)}>
      {total === 0 ? (
        <Status state="ok" word={text.mesh.noProblems} />
      ) : (
        <ul className={classes.problems}>
          <Offline offline={offline} onChoose={chooseNode} />
          {named.map(({ node, path, links }) => (
            <Line
              key={`${path}:${node.id}`}
              state={path}
              words={path === "down" ? text.mesh.unreached(node.name) : text.mesh.byRelay(node.name)}
              links={links}
              onClick={() => chooseNode(node)}
            />
          ))}
          {pairs.slice(0, most).map(({ from, to, path }) => (
            <Line
              key={`${from.id}:${to.id}`}
              state={path}
              words={text.mesh.pair(from.name, to.name)}
              onClick={() => onChoose({ kind: "pair", from: from.id, to: to.id })}
            />
          ))}
          {pairs.length > most && (
            <li>
              <Button variant="subtle" onClick={() => setMost(most * 4)}>
                {text.mesh.morePairs(left - most)}
              </Button>
            </li>
          )}
          {pairs.length <= most && left > pairs.length && (
            <li className="quiet">{text.mesh.notListed(left - pairs.length)}</li>
          )}
        </ul>
      )}
    </Panel>
  );
}

function Offline({ offline, onChoose }: { offline: Causes["offline"]; onChoose: (node: MeshNode) => void }) {
  const [isOpen, setOpen] = useState(false);
  const isTogether = offline.nodes.length > OFFLINE_APART;
  return (
    <>
      {isTogether && (
        <Line
          state="Offline"
          words={text.mesh.manyOffline(offline.nodes.length)}
          links={offline.links}
          isOpen={isOpen}
          onClick={() => setOpen(!isOpen)}
        />
      )}
      {(!isTogether || isOpen) &&
        offline.nodes.map((node) => (
          <Line
            key={node.id}
            state="Offline"
            words={text.mesh.isOffline(node.name)}
            links={node.ways}
            isWithin={isTogether}
            onClick={() => onChoose(node)}
          />
        ))}
    </>
  );
}

interface LineProps {
  state: string;
  words: string;
  links?: number;
  isOpen?: boolean;
  isWithin?: boolean;
  onClick: () => void;
}

function Line({ state, words, links, isOpen, isWithin, onClick }: LineProps) {
  return (
    <li>
      <UnstyledButton
        className={classes.problem}
        data-within={isWithin || undefined}
        aria-expanded={isOpen}
        onClick={onClick}
      >
        <Status state={state} word={words} />
        {links !== undefined && <span className="quiet">{text.mesh.links(links)}</span>}
      </UnstyledButton>
    </li>
  );
}
