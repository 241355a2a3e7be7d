import { Button, Menu } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import { ActionsMenu } from "../../components/ActionsMenu";
import { useRemove } from "../../components/collection/changes";
import { confirmDestructive } from "../../components/confirm";
import { DialogItem, dialog } from "../../components/dialog";
import { notifyFailure } from "../../components/notify";
import { text } from "../../text/edge";
import { EditEdge } from "./EditEdge";
import { OrderResult } from "./OrderResult";
import { type EdgeDetails, edges, type Order, orderNginx } from "./requests";

const words = text.edges;
const NAMES: Record<Order, string> = {
  start: words.actions.start,
  stop: words.actions.stopShort,
  reload: words.actions.reload,
  restart: words.actions.restartShort,
  test: words.actions.test,
};

interface Props {
  edge: EdgeDetails;
  tag: string;
}

/** What can be done with its nginx and with it, for whoever may. */
export function EdgeActions({ edge, tag }: Props) {
  const access = useAccess();
  const mayOrder = access.in("agent:reload", edge.workspace);
  const mayWrite = access.in("agent:write", edge.workspace);
  return (
    <>
      {mayOrder && (
        <>
          <OrderButton edge={edge} order="test" />
          <OrderButton edge={edge} order="reload" />
        </>
      )}
      {(mayOrder || mayWrite) && (
        <ActionsMenu>
          {mayOrder && <Lifecycle edge={edge} />}
          {mayOrder && mayWrite && <Menu.Divider />}
          {mayWrite && <Changes edge={edge} tag={tag} />}
        </ActionsMenu>
      )}
    </>
  );
}

function OrderButton({ edge, order }: { edge: EdgeDetails; order: Order }) {
  return (
    <Button variant="default" onClick={() => void send(edge, order)}>
      {NAMES[order]}
    </Button>
  );
}

/** The container of a sidecar starts and stops it. */
function Lifecycle({ edge }: { edge: EdgeDetails }) {
  const isSidecar = edge.mode === "sidecar";
  const ask = (order: "stop" | "restart", title: string, consequences: string) =>
    confirmDestructive({
      title,
      consequences,
      confirmLabel: NAMES[order],
      run: () => send(edge, order, true),
    });
  const { actions } = words;
  return (
    <>
      <Menu.Item disabled={isSidecar} onClick={() => void send(edge, "start")}>
        {actions.start}
      </Menu.Item>
      <Menu.Item
        disabled={isSidecar}
        onClick={() => ask("restart", actions.restartTitle(edge.node), actions.restartText)}
      >
        {actions.restart}
      </Menu.Item>
      <Menu.Item
        disabled={isSidecar}
        onClick={() => ask("stop", actions.stopTitle(edge.node), actions.stopText)}
      >
        {actions.stop}
      </Menu.Item>
    </>
  );
}

function Changes({ edge, tag }: Props) {
  const remove = useRemove(edges);
  return (
    <>
      <DialogItem label={words.settings} title={words.settingsTitle(edge.node)}>
        {(close) => <EditEdge edge={edge} tag={tag} close={close} />}
      </DialogItem>
      <Menu.Item
        c="var(--nimbus-bad)"
        onClick={() =>
          remove(edge.node_id, {
            title: words.removeTitle(edge.node),
            consequences: words.removeText(edge.deployed),
            confirmLabel: words.removeConfirm,
            typed: edge.node,
            done: words.removed(edge.node),
          })
        }
      >
        {words.remove}
      </Menu.Item>
    </>
  );
}

/** Orders it, and shows what nginx says. `isAsked`: who asked shows why it could not be ordered. */
async function send(edge: EdgeDetails, order: Order, isAsked = false): Promise<void> {
  try {
    const task = await orderNginx(edge.node_id, order);
    dialog(words.actions.orderTitle(NAMES[order], edge.node), () => <OrderResult task={task.id} />, {
      size: "lg",
      closeOnClickOutside: true,
    });
  } catch (error) {
    if (isAsked) throw error;
    notifyFailure(error);
  }
}
