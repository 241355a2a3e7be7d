import { Button, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { confirmDestructive } from "../../components/confirm";
import { notifyFailure } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { PanelRows } from "../../components/PanelRows";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { endSessions, sessionsQuery } from "./requests";
import { readableAgent } from "./userAgent";

/** Where somebody is signed in. `user` and `name` "": oneself, and "all others" keeps the session of this browser. */
export function SessionsPanel({ user, name, mayEnd }: { user: string; name: string; mayEnd: boolean }) {
  const query = useQuery(sessionsQuery(user));
  const sessions = query.data?.rows;
  const endable = (sessions ?? []).filter(({ current }) => name !== "" || !current);
  const endAll = () =>
    confirmDestructive({
      title: name ? text.users.endAllTitle(name) : text.users.endOthersTitle,
      consequences: name ? text.users.endAllText : text.users.endOthersText,
      confirmLabel: name ? text.users.endAll : text.users.endOthers,
      run: () => endSessions(endable.map(({ id }) => id)),
    });
  return (
    <Panel
      flush
      title={text.users.sessions}
      aside={
        mayEnd &&
        endable.length > 1 && (
          <Button variant="default" onClick={endAll}>
            {name ? text.users.endAll : text.users.endOthers}
          </Button>
        )
      }
    >
      <PanelRows
        query={query}
        rows={sessions}
        empty={text.users.noSessions}
        minWidth={640}
        head={
          <>
            <Table.Th>{text.users.from}</Table.Th>
            <Table.Th>{text.users.signedInBy}</Table.Th>
            <Table.Th>{text.users.lastUsed}</Table.Th>
            <Table.Th>{text.users.ends}</Table.Th>
            <Table.Th aria-label={text.common.actions} />
          </>
        }
      >
        {(session) => (
          <Table.Tr key={session.id}>
            <Table.Td>
              <span className="mono">{session.last_used_from || session.source}</span>
              {session.current && <strong> {text.users.thisSession}</strong>}
              <div className="quiet clipped" title={session.user_agent}>
                {readableAgent(session.user_agent)}
              </div>
            </Table.Td>
            <Table.Td>
              {session.methods.map((method) => text.users.methods[method] ?? method).join(", ")}
            </Table.Td>
            <Table.Td>
              <When at={session.last_used_at} />
            </Table.Td>
            <Table.Td>
              <When at={session.expires_at} />
            </Table.Td>
            <Table.Td ta="right">
              {mayEnd && !session.current && (
                <Button
                  variant="default"
                  aria-label={text.users.endSessionOf(session.last_used_from)}
                  onClick={() => void endSessions([session.id]).catch(notifyFailure)}
                >
                  {text.users.endSession}
                </Button>
              )}
            </Table.Td>
          </Table.Tr>
        )}
      </PanelRows>
    </Panel>
  );
}
