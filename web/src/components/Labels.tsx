import { text } from "../text";
import classes from "./Labels.module.css";

/** Key and value pairs of a resource. */
export function Labels({ labels }: { labels: Record<string, string> }) {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return <span className="quiet">{text.nodes.noLabels}</span>;
  return (
    <span className={classes.labels}>
      {pairs.map(([key, value]) => (
        <span key={key} className={`mono ${classes.label}`}>
          {key}
          {value !== "" && <span className={classes.value}>={value}</span>}
        </span>
      ))}
    </span>
  );
}
