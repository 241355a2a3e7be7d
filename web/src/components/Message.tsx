import { When } from "./When";

const MOMENT = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** A sentence of the control plane; moments in it are shown as everywhere else. */
export function Message({ words }: { words: string }) {
  return words.split(MOMENT).map((part, at) => (at % 2 === 1 ? <When key={at} at={part} /> : part));
}
