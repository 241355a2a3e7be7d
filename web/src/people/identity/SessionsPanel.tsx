import { Button, Loader, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { confirmDestructive } from "../../components/confirm";
import { Failure } from "../../components/Failure";
import { notifyFailure } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text";
import { endSession, sessionsQuery } from "./requests";

/** Where somebody is signed in. `name` "": it is oneself, and the session here is kept by "all others". */
export function SessionsPanel({ user, name, mayEnd }: { user: string; name: string; mayEnd: boolean }) {
  const client = useQueryClient();
  const asked = useQuery(sessionsQuery(user));
  const sessions = asked.data?.rows ?? [];
  const ended = sessions.filter(({ current }) => name !== "" || !current);
  const again = () => client.invalidateQueries({ queryKey: ["sessions"] });
  const endAll = () =>
    confirmDestructive({
      title: name ? text.users.endAllTitle(name) : text.users.endOthersTitle,
      consequences: name ? text.users.endAllText : text.users.endOthersText,
      confirmLabel: name ? text.users.endAll : text.users.endOthers,
      run: async () => {
        await Promise.all(ended.map(({ id }) => endSession(id)));
        await again();
      },
    });
  return (
    <Panel
      flush
      title={text.users.sessions}
      aside={
        mayEnd &&
        ended.length > 1 && (
          <Button variant="default" onClick={endAll}>
            {name ? text.users.endAll : text.users.endOthers}
          </Button>
        )
      }
    >
      {asked.isError && <Failure error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && (
        <div className="panel-list">
          <Loader size="xs" />
        </div>
      )}
      {asked.data && sessions.length === 0 && <div className="panel-list quiet">{text.users.noSessions}</div>}
      {sessions.length > 0 && (
        <Table.ScrollContainer minWidth={640}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{text.users.from}</Table.Th>
                <Table.Th>{text.users.signedInBy}</Table.Th>
                <Table.Th>{text.users.lastUsed}</Table.Th>
                <Table.Th>{text.users.ends}</Table.Th>
                <Table.Th aria-label={text.common.actions} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sessions.map((session) => (
                <Table.Tr key={session.id}>
                  <Table.Td>
                    <span className="mono">{session.last_used_from || session.source}</span>
                    {session.current && <strong> {text.users.thisSession}</strong>}
                    <div className="quiet clipped" title={session.user_agent}>
                      {session.user_agent}
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
                        onClick={() => void endSession(session.id).then(again, notifyFailure)}
                      >
                        {text.users.endSession}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}
