import { amount } from "../../components/time";
import type { Task } from "./requests";

/** Whether it is not over. */
export function isOpen({ state }: Task): boolean {
  return state === "queued" || state === "running";
}

/** How long it ran; "": it did not start, or is not over. */
export function duration({ started_at: started, finished_at: finished }: Task): string {
  if (started === null || finished === null) return "";
  const seconds = (new Date(finished).getTime() - new Date(started).getTime()) / 1000;
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : amount(seconds);
}
