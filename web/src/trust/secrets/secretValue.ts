import type { Schema } from "../../api/types";

/** A value as the API takes it; `file`: where it was read from. */
export type TypedValue = Required<Pick<Schema<"NewSecretValue">, "value" | "encoding">> & {
  file?: { name: string; size: number };
};

export const NO_VALUE: TypedValue = { value: "", encoding: "text" };

/** The content of a file, byte for byte. */
export async function valueOfFile(file: File): Promise<TypedValue> {
  const content = new Uint8Array(await file.arrayBuffer());
  const value = btoa(Array.from(content, (byte) => String.fromCharCode(byte)).join(""));
  return { value, encoding: "base64", file: { name: file.name, size: file.size } };
}
