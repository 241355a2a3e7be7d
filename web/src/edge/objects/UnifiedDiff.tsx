import classes from "./UnifiedDiff.module.css";
import { diffLines } from "./unified";

/** A unified diff; what came and what went is told by its sign, too. */
export function UnifiedDiff({ diff, label }: { diff: string; label: string }) {
  return (
    <section className={classes.text} tabIndex={0} aria-label={label}>
      <div className={classes.lines}>
        {diffLines(diff).map(({ kind, text }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has nothing but its place
          <div key={at} className={classes.line} data-kind={kind}>
            {text || " "}
          </div>
        ))}
      </div>
    </section>
  );
}
