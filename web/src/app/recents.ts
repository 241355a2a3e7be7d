import { recall, remember } from "../components/remembered";

/** What somebody went to by the palette: of each person on this browser. */
export interface Recent {
  label: string;
  description?: string;
  to: string;
}

const KEPT = 6;
const keyOf = (person: string) => `recent.${person}`;

export function recents(person: string): Recent[] {
  try {
    const found: unknown = JSON.parse(recall(keyOf(person)) || "[]");
    return Array.isArray(found) ? found.filter(isRecent).slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

function isRecent(value: unknown): value is Recent {
  const { label, to } = (value ?? {}) as Partial<Recent>;
  return typeof label === "string" && typeof to === "string" && to.startsWith("/");
}

export function wentTo(person: string, recent: Recent): void {
  const others = recents(person).filter(({ to }) => to !== recent.to);
  remember(keyOf(person), JSON.stringify([recent, ...others].slice(0, KEPT)));
}
