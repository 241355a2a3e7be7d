import type { ReactNode } from "react";
import { useLiveState } from "../live/LiveProvider";

/** Whether nothing can be changed, because the control plane does not answer. */
export function useIsAway(): boolean {
  return useLiveState() === "lost";
}

/** Buttons that cannot be pressed while the control plane does not answer; links can be followed. */
export function Reachable({ children }: { children: ReactNode }) {
  return (
    <fieldset className="actions" disabled={useIsAway()}>
      {children}
    </fieldset>
  );
}
