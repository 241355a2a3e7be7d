import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Artifact = Schema<"ArtifactView">;
export type Cpu = Artifact["cpu"];

export const artifacts = collection("/api/v1/artifacts/{artifact}");

export const CPUS: readonly Cpu[] = ["any", "x86_64", "aarch64"];

/** Has nodes fetch it; the answer is the operation that does so. */
export function fetchArtifact(artifact: string, body: Schema<"FetchRequest">) {
  const params = { path: { artifact } };
  return artifacts.refreshAfter(dataOf(api.POST("/api/v1/artifacts/{artifact}/fetch", { params, body })));
}

/** Begins an upload, or finds how far it is. */
export function beginUpload(body: Schema<"UploadRequest">) {
  return dataOf(api.POST("/api/v1/artifact-uploads", { body }));
}

/** The next bytes of it. */
export function sendPiece(upload: string, offset: number, piece: Blob) {
  return dataOf(
    api.PUT("/api/v1/artifact-uploads/{upload}/content", {
      params: { path: { upload }, query: { offset } },
      headers: { "Content-Type": "application/octet-stream" },
      body: piece as unknown as string,
      bodySerializer: (bytes) => bytes,
    }),
  );
}

export function completeUpload(upload: string) {
  const params = { path: { upload } };
  return artifacts.refreshAfter(dataOf(api.POST("/api/v1/artifact-uploads/{upload}/complete", { params })));
}
