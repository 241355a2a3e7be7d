import { Field, Fields } from "../../components/Fields";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import type { LogEntry } from "./requests";
import { toneOf } from "./statusTone";

const words = text.accessLogs;
type Name = keyof typeof words.fields;

/** All that is known of a request. */
export function LogDetails({ entry }: { entry: LogEntry }) {
  const names = Object.keys(words.fields) as Name[];
  return (
    <Fields>
      {names
        .filter((name) => entry[name] !== null && entry[name] !== "")
        .map((name) => (
          <Field key={name} name={words.fields[name]}>
            <Value entry={entry} name={name} />
          </Field>
        ))}
    </Fields>
  );
}

function Value({ entry, name }: { entry: LogEntry; name: Name }) {
  const value = String(entry[name]);
  switch (name) {
    case "at":
      return <When at={entry.at} />;
    case "status":
      return <Status state={toneOf(entry.status)} word={value} />;
    case "node":
      return (
        <PageLink to={`/edges/${entry.node_id}`} className="row-link">
          {value}
        </PageLink>
      );
    case "virtual_host_id":
      return (
        <PageLink to={`/virtual-hosts/${value}`} className="row-link">
          {value}
        </PageLink>
      );
    default:
      return <span className="mono">{value}</span>;
  }
}
