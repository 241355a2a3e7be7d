import { Button, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "../api/types";
import { Message } from "../components/Message";
import { Panel } from "../components/PageFrame";
import { PageLink } from "../components/PageLink";
import { count } from "../components/quantity";
import { Status } from "../components/Status";
import { text } from "../text/fleet";
import classes from "./Attention.module.css";
import { type Trouble, troublesOf } from "./attention";

const STATES: Record<string, string> = { offline: "Offline", degraded: "Degraded" };
const WARNING = "Degraded";

/** What is wrong, with the nodes where it is. */
export function Attention({ fleet }: { fleet: Schema<"Fleet"> }) {
  const troubles = troublesOf(fleet);
  return (
    <Panel title={text.fleet.attention} aside={fleet.attention_total > 0 && count(fleet.attention_total)}>
      {troubles.length === 0 ? (
        <Status state="ok" word={text.fleet.allWell} />
      ) : (
        <ul className={classes.troubles}>
          {troubles.map((trouble) => (
            <li key={trouble.key}>
              {trouble.count === 1 && trouble.nodes.length === 1 ? (
                <OneNode {...trouble} />
              ) : (
                <Nodes {...trouble} />
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function OneNode({ code, message, nodes }: Trouble) {
  const [node] = nodes;
  if (!node) return null;
  return (
    <div className={classes.trouble}>
      <Status state={STATES[code] ?? WARNING} word="" />
      <span>
        <Link to="/nodes/$node" params={{ node: node.node_id }} className="row-link">
          {node.node}
        </Link>
        : <Message words={message} />
      </span>
    </div>
  );
}

function Nodes({ code, message, nodes, count: number }: Trouble) {
  const [isOpen, setOpen] = useState(false);
  const state = STATES[code];
  const words = code === "degraded" && message ? message : (text.fleet.reasons[code] ?? message);
  return (
    <>
      <div className={classes.trouble}>
        <Status state={state ?? WARNING} word="" />
        <UnstyledButton className={classes.group} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <strong>{text.fleet.nodes(number)}</strong>: <Message words={words} />
          <IconChevronRight size={14} aria-hidden className={classes.arrow} />
        </UnstyledButton>
        <span className={`${classes.names} quiet truncate`}>{nodes.map(({ node }) => node).join(", ")}</span>
      </div>
      {isOpen && (
        <div className={classes.all}>
          <ul className={classes.nodes}>
            {nodes.map((node) => (
              <li key={node.node_id}>
                <Link to="/nodes/$node" params={{ node: node.node_id }} className="row-link">
                  {node.node}
                </Link>{" "}
                {code === "offline" && (
                  <span className="quiet">
                    <Message words={node.reasons.find((reason) => reason.code === code)?.message ?? ""} />
                  </span>
                )}
              </li>
            ))}
          </ul>
          {state && (
            <Button variant="default" component={PageLink} to="/nodes" search={{ state }}>
              {text.fleet.allInState(state)}
            </Button>
          )}
        </div>
      )}
    </>
  );
}
