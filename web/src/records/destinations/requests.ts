import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import { refreshAfter } from "../../api/queries";
import type { Schema } from "../../api/types";

export type Destination = Schema<"DestinationView">;

export const destinations = collection("/api/v1/audit-destinations/{destination}");

/** Sends an entry that says it is a test, now. */
export function testDestination(destination: string): Promise<Schema<"DestinationTest">> {
  const params = { path: { destination } };
  return refreshAfter(
    destinations.name,
    dataOf(api.POST("/api/v1/audit-destinations/{destination}/test", { params })),
  );
}
