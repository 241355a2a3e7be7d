import { text } from "../text";
import classes from "./Labels.module.css";

/** Key and value pairs of a resource. */
export function Labels({ labels, oneLine = false }: { labels: Record<string, string>; oneLine?: boolean }) {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return oneLine ? null : <span className="quiet">{text.common.noLabels}</span>;
  return (
    <span className={classes.labels} data-one-line={oneLine || undefined}>
      {pairs.map(([key, value]) => (
        <span key={key} className={`mono ${classes.label}`}>
          {key}
          {value !== "" && <span className={classes.value}>={value}</span>}
        </span>
      ))}
    </span>
  );
}
