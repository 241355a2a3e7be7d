import { Button, Switch } from "@mantine/core";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { CollectionTable, type Column } from "../../components/collection/CollectionTable";
import { confirmDestructive } from "../../components/confirm";
import { Empty } from "../../components/Empty";
import { Labels } from "../../components/Labels";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { type JoinToken, joinTokens } from "./requests";

const NODES_SHOWN = 3;

const columns: Column<JoinToken>[] = [
  {
    key: "for",
    header: text.join.forNode,
    cell: (token) => <MeantFor token={token} />,
  },
  {
    key: "state",
    header: text.common.state,
    from: "sm",
    width: "8rem",
    cell: (token) => <Status state={token.state} word={text.join.states[token.state]} />,
  },
  { key: "used", header: text.join.used, width: "7rem", cell: (token) => <Used token={token} /> },
  {
    key: "nodes",
    header: text.join.nodes,
    from: "md",
    width: "14rem",
    cell: (token) => <Joined token={token} />,
  },
  {
    key: "labels",
    header: text.common.labels,
    from: "lg",
    width: "12rem",
    cell: (token) => <Labels labels={token.labels} oneLine />,
  },
  {
    key: "by",
    header: text.join.createdBy,
    from: "sm",
    width: "9rem",
    cell: (token) => <span className="quiet">{token.created_by}</span>,
  },
  {
    key: "expires",
    header: text.join.expires,
    from: "sm",
    width: "8rem",
    cell: (token) => <When at={token.expires_at} />,
  },
  {
    key: "actions",
    header: "",
    width: "6rem",
    align: "right",
    cell: (token) => <Revoke token={token} />,
  },
];

/** Tokens that were created and can still be used; on request those that ended, too. */
export function JoinTokens() {
  const workspace = useWorkspace();
  const [all, setAll] = useState(false);
  return (
    <Panel
      flush
      title={all ? text.join.tokens : text.join.openTokens}
      aside={
        <Switch
          size="xs"
          label={text.join.showEnded}
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      }
    >
      <CollectionTable
        of={joinTokens}
        label={text.join.tokens}
        columns={columns}
        query={{ workspace, state: all ? "" : "open" }}
        maxHeight="26rem"
        empty={<Empty title={all ? text.join.noTokensAtAll : text.join.noTokens} />}
      />
    </Panel>
  );
}

function MeantFor({ token }: { token: JoinToken }) {
  if (token.rejoins !== null) return text.join.rejoins(token.rejoins);
  if (token.name) return <strong>{token.name}</strong>;
  return <span className="quiet">{text.join.anyName}</span>;
}

function Used({ token }: { token: JoinToken }) {
  return (
    <>
      {text.join.usedOf(token.used, token.uses)}
      {token.claimed > 0 && <span className="quiet"> ({text.join.joining(token.claimed)})</span>}
    </>
  );
}

function Joined({ token }: { token: JoinToken }) {
  const shown = token.nodes.slice(0, NODES_SHOWN);
  const more = token.nodes.length - shown.length;
  return (
    <span className="truncate">
      {shown.map(({ id, name }, at) => (
        <span key={id}>
          {at > 0 && ", "}
          <PageLink to={`/nodes/${id}`}>{name}</PageLink>
        </span>
      ))}
      {more > 0 && ` + ${more}`}
    </span>
  );
}

function Revoke({ token }: { token: JoinToken }) {
  const access = useAccess();
  if (token.state !== "open" || !access.in("agent:write", token.workspace)) return null;
  const ask = () =>
    confirmDestructive({
      title: text.join.revokeTitle,
      consequences: text.join.revokeText,
      confirmLabel: text.join.revoke,
      run: () => joinTokens.remove(token.id),
      done: text.join.revoked,
    });
  return (
    <Button size="compact-xs" variant="default" onClick={ask}>
      {text.join.revoke}
    </Button>
  );
}
