/** A name of the API as words: the state "undo_failed" is "Undo failed", the kind "collect_facts" "Collect facts". */
export function asWords(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
