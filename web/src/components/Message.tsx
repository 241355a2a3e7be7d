import { When } from "./When";

const MOMENT = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** A sentence of the control plane; the times in it are shown as everywhere else. */
export function Message({ words }: { words: string }) {
  return words.split(MOMENT).map((part, position) => {
    if (position % 2 === 0) return part;
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence do not change places
    return <When key={position} at={part} />;
  });
}
