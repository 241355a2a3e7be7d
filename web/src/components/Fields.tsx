import type { ReactNode } from "react";
import { text } from "../text";
import classes from "./Fields.module.css";
import { ShowsExact } from "./When";

/** Names and values, two columns where there is room. */
export function Fields({ children }: { children: ReactNode }) {
  return <dl className={classes.fields}>{children}</dl>;
}

export function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.field}>
      <dt>{name}</dt>
      <dd>
        <ShowsExact value={true}>{children}</ShowsExact>
      </dd>
    </div>
  );
}

/** A value, or quietly that there is none. */
export function OrNone({ value, none = text.common.none }: { value: string | null; none?: string }) {
  return value || <span className="quiet">{none}</span>;
}
