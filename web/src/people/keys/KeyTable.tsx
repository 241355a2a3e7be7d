import { type ReactNode, useMemo } from "react";
import { Copyable } from "../../components/Copyable";
import { CollectionTable, type Column } from "../../components/collection/CollectionTable";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { KeyActions } from "./KeyActions";
import { type Key, keys, personalKeys } from "./requests";

const columns: Column<Key>[] = [
  { key: "name", header: text.common.name, sort: "name", cell: (key) => <strong>{key.name}</strong> },
  {
    key: "owner",
    header: text.keys.owner,
    from: "sm",
    width: "7rem",
    cell: (key) => key.user ?? <span className="quiet">{text.keys.service}</span>,
  },
  {
    key: "access",
    header: text.keys.accessKey,
    from: "lg",
    width: "14rem",
    cell: (key) => <Copyable value={key.access_key} what={text.keys.accessKey} />,
  },
  {
    key: "kind",
    header: text.keys.kind,
    from: "lg",
    width: "8.5rem",
    cell: (key) => text.keys.kinds[key.kind],
  },
  {
    key: "place",
    header: text.keys.place,
    from: "md",
    width: "9rem",
    cell: (key) => [key.role, key.workspace ?? key.organization].filter(Boolean).join(", "),
  },
  {
    key: "state",
    header: text.keys.state,
    width: "7rem",
    cell: (key) => <Status state={key.state} word={text.keys.states[key.state as "valid"] ?? key.state} />,
  },
  {
    key: "used",
    header: text.keys.lastUsed,
    sort: "last_used_at",
    from: "md",
    width: "7.5rem",
    cell: (key) => <When at={key.last_used_at} />,
  },
  {
    key: "expires",
    header: text.keys.expires,
    sort: "expires_at",
    from: "sm",
    width: "7.5rem",
    cell: (key) => <When at={key.expires_at} absent={text.keys.neverExpires} />,
  },
  {
    key: "actions",
    header: "",
    width: "3.5rem",
    align: "right",
    cell: (key) => <KeyActions of={key} />,
  },
];

type KeyState = keyof typeof text.keys.states;

interface KeyTableProps {
  /** One's own alone. */
  personal: boolean;
  /** Keys of this user (name or id) alone. */
  user?: string;
  search?: string;
  state?: KeyState | "";
  sort: string;
  onSort?: (sort: string) => void;
  filtered?: boolean;
  empty: ReactNode;
}

/** Keys of services and people, or one's own. */
export function KeyTable({ personal, user, search, state, sort, ...table }: KeyTableProps) {
  const shown = useMemo(
    () => columns.filter(({ key }) => (!personal && !user) || key !== "owner"),
    [personal, user],
  );
  return (
    <CollectionTable
      {...table}
      of={personal ? personalKeys : keys}
      label={personal ? text.keys.personal : text.keys.title}
      columns={shown}
      query={{ state, sort, ...(user ? { user } : {}) }}
      search={search}
      wordsOf={(key) => [key.name, key.access_key, key.user]}
    />
  );
}
