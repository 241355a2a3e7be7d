import { api, dataOf } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Schema } from "../../api/types";
import { notifyDone, notifyFailure } from "../../components/notify";
import { text } from "../../text/fleet";
import { type Node, nodes } from "./requests";

const AT_ONCE = 6;

export function changeEach(chosen: Node[], body: Schema<"NodePatch">): Promise<void> {
  return forEach(chosen, (node) =>
    dataOf(api.PATCH("/api/v1/nodes/{node}", { params: { path: { node: node.id } }, body })),
  );
}

export function deleteEach(chosen: Node[]): Promise<void> {
  return forEach(chosen, async (node) => {
    await dataOf(api.DELETE("/api/v1/nodes/{node}", { params: { path: { node: node.id } } }));
    queryClient.removeQueries({ queryKey: nodes.get(node.id).queryKey });
  });
}

/** A few requests at a time. Says once how many failed, with the first reason, and how many did not. */
async function forEach(chosen: Node[], request: (node: Node) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  const waiting = [...chosen];
  const work = async () => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      await request(node).catch((error: unknown) => failures.push(error));
    }
  };
  await nodes.refreshAfter(Promise.all(Array.from({ length: AT_ONCE }, work)));
  const succeeded = chosen.length - failures.length;
  if (failures.length > 0) notifyFailure(failures[0], text.nodes.bulkFailed(failures.length, chosen.length));
  if (succeeded > 0) notifyDone(text.nodes.bulkDone(succeeded));
}
