import { text } from "../text";
import classes from "./Labels.module.css";
import { labelText, type Labels as Pairs, withPair } from "./labelText";
import { PageLink } from "./PageLink";

interface LabelsProps {
  labels: Pairs;
  oneLine?: boolean;
  /** The page of the list: a label is then a link that narrows it to what carries it, too. */
  list?: string;
}

/** Key and value pairs of a resource. */
export function Labels({ labels, oneLine = false, list }: LabelsProps) {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return oneLine ? null : <span className="quiet">{text.common.noLabels}</span>;
  return (
    <span
      className={classes.labels}
      data-one-line={oneLine || undefined}
      title={oneLine ? labelText(labels) : undefined}
    >
      {pairs.map(([key, value]) => (
        <Label key={key} name={key} value={value} list={list} oneLine={oneLine} />
      ))}
    </span>
  );
}

function Label({
  name,
  value,
  list,
  oneLine,
}: { name: string; value: string } & Omit<LabelsProps, "labels">) {
  const shown = (
    <>
      {name}
      {value !== "" && <span className={classes.value}>={value}</span>}
    </>
  );
  if (list === undefined) return <span className={`mono ${classes.label}`}>{shown}</span>;
  const pair = `${name}=${value}`;
  return (
    <PageLink
      to={list}
      search={(before) => ({ ...before, label: withPair(before.label ?? "", pair) })}
      className={`mono ${classes.label}`}
      title={text.table.onlyLabel(pair)}
      // By the keyboard the filter itself is nearer than the labels of a hundred rows.
      tabIndex={oneLine ? -1 : undefined}
    >
      {shown}
    </PageLink>
  );
}
