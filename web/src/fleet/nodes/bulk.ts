import { api, dataOf } from "../../api/client";
import { queryClient } from "../../api/queries";
import type { Schema } from "../../api/types";
import { notifyDone, notifyFailure } from "../../components/notify";
import { sendEach } from "../../components/sendEach";
import { text } from "../../text/fleet";
import { type Node, nodes } from "./requests";

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

/** Says once how many failed, with the first reason, and how many did not. */
async function forEach(chosen: Node[], request: (node: Node) => Promise<unknown>): Promise<void> {
  const failures = await nodes.refreshAfter(sendEach(chosen, request));
  const succeeded = chosen.length - failures.length;
  if (failures.length > 0) notifyFailure(failures[0], text.nodes.bulkFailed(failures.length, chosen.length));
  if (succeeded > 0) notifyDone(text.nodes.bulkDone(succeeded));
}
