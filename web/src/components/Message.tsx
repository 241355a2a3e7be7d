import { Since, When } from "./When";

const MOMENT = /((?:since )?\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;
const SINCE = "since ";

/** A sentence of the control plane; the times in it are shown as everywhere else, and "since" one counts on. */
export function Message({ words }: { words: string }) {
  return words.split(MOMENT).map((part, position) => {
    if (position % 2 === 0) return part;
    if (!part.startsWith(SINCE)) {
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence do not change places
      return <When key={position} at={part} />;
    }
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: see above
      <span key={position}>
        for <Since at={part.slice(SINCE.length)} />
      </span>
    );
  });
}
