import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Schema } from "../../api/types";
import { type Artifact, beginUpload, completeUpload, sendPiece } from "./requests";

const PIECE_BYTES = 2 * 1024 * 1024;
const SLICE_BYTES = 8 * 1024 * 1024;

/** How far it is: the sum is made first, then the bytes are sent. */
export interface Stage {
  name: "summing" | "sending";
  done: number;
  of: number;
}

type Told = (stage: Stage) => void;
/** What the file is called, beside what it is. */
export type Naming = Pick<Schema<"UploadRequest">, "name" | "version" | "cpu" | "description" | "workspace">;

/** SHA-256 of a file, in hexadecimal, a slice at a time: the browser's own digest wants all of it in memory. */
export async function sumOf(file: Blob, told: Told): Promise<string> {
  const sum = sha256.create();
  for (let at = 0; at < file.size; at += SLICE_BYTES) {
    told({ name: "summing", done: at, of: file.size });
    sum.update(new Uint8Array(await file.slice(at, at + SLICE_BYTES).arrayBuffer()));
  }
  return bytesToHex(sum.digest());
}

/** Uploads a file, on from where an earlier attempt was cut off. An empty version is made from the sum. Raises
 * ApiError. */
export async function uploadFile(file: Blob, naming: Naming, told: Told): Promise<Artifact> {
  const sum = await sumOf(file, told);
  const version = naming.version || sum.slice(0, 12);
  const upload = await beginUpload({ ...naming, version, sha256: sum, size: file.size });
  if (upload.artifact) return upload.artifact;
  const id = upload.id as string;
  let received = upload.received;
  while (received < file.size) {
    told({ name: "sending", done: received, of: file.size });
    received = (await sendPiece(id, received, file.slice(received, received + PIECE_BYTES))).received;
  }
  told({ name: "sending", done: received, of: file.size });
  return completeUpload(id);
}

/** A file's name as a name of Nimbus: without what looks like its type. */
export function nameOf(file: string): string {
  return file
    .toLowerCase()
    .replace(/(\.(tar|tgz|txz|tzst|zip|gz|xz|bz2|zst|img|bin|deb|iso|qcow2))+$/, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}
