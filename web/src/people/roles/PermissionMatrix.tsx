import { Checkbox } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Permission } from "../../api/types";
import { text } from "../../text/people";
import classes from "./PermissionMatrix.module.css";
import { COLUMNS, permissionRows, verbOf } from "./permissions";
import { usePermissionWords } from "./permissionWords";

const rows = permissionRows();

/** Permissions as a table: a resource per row, what can be done with it in the columns. Without `onChange`, to read. */
export function PermissionMatrix({
  held,
  onChange,
}: {
  held: ReadonlySet<string>;
  onChange?: (held: Set<Permission>) => void;
}) {
  const put = (permission: Permission, has: boolean) => {
    const next = new Set(held as ReadonlySet<Permission>);
    if (has) next.add(permission);
    else next.delete(permission);
    onChange?.(next);
  };
  const { describe, title } = usePermissionWords();
  const toggle = (permissions: readonly Permission[]) => {
    const has = permissions.every((permission) => held.has(permission));
    const next = new Set(held as ReadonlySet<Permission>);
    for (const permission of permissions) {
      if (has) next.delete(permission);
      else next.add(permission);
    }
    onChange?.(next);
  };
  const mark = (permission: Permission, label?: string) => (
    <Mark
      permission={permission}
      has={held.has(permission)}
      label={label}
      onChange={onChange && ((has) => put(permission, has))}
    />
  );
  return (
    <section className={classes.scroller} tabIndex={0} aria-label={text.roles.permissions}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{text.roles.resource}</th>
            {COLUMNS.map((verb) => (
              <th key={verb} scope="col" className={classes.check}>
                <Toggle
                  label={text.roles.toggleColumn(text.roles.columns[verb])}
                  onClick={
                    onChange &&
                    (() =>
                      toggle(
                        rows.flatMap(
                          ({ usual }) => usual.filter((one) => one && verbOf(one) === verb) as Permission[],
                        ),
                      ))
                  }
                >
                  {text.roles.columns[verb]}
                </Toggle>
              </th>
            ))}
            <th scope="col">{text.roles.columns.further}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ resource, usual, further }) => (
            <tr key={resource}>
              <th scope="row">
                <Toggle
                  label={text.roles.toggleRow(title(resource))}
                  onClick={onChange && (() => toggle([...usual.filter((one) => one !== null), ...further]))}
                >
                  {title(resource)}
                </Toggle>
                <div className="quiet">{resource}</div>
              </th>
              {usual.map((permission, at) => (
                <td
                  key={COLUMNS[at]}
                  className={classes.check}
                  title={permission ? describe(permission) : undefined}
                >
                  {permission && mark(permission)}
                </td>
              ))}
              <td>
                <span className={classes.further}>
                  {further.map((permission) => (
                    <span key={permission} title={describe(permission)}>
                      {mark(permission, verbOf(permission))}
                    </span>
                  ))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Words that choose all of a row or a column, where something can be chosen. */
function Toggle(given: { label: string; onClick?: () => void; children: ReactNode }) {
  if (!given.onClick) return given.children;
  return (
    <button type="button" className={classes.toggle} aria-label={given.label} onClick={given.onClick}>
      {given.children}
    </button>
  );
}

function Mark(given: {
  permission: Permission;
  has: boolean;
  label?: string;
  onChange?: (has: boolean) => void;
}) {
  if (given.onChange) {
    return (
      <Checkbox
        size="xs"
        label={given.label}
        aria-label={given.permission}
        checked={given.has}
        onChange={(event) => given.onChange?.(event.currentTarget.checked)}
      />
    );
  }
  return given.has ? (
    <span>
      <IconCheck
        size={15}
        className={classes.held}
        role="img"
        aria-label={text.roles.holds(given.permission)}
      />{" "}
      {given.label}
    </span>
  ) : (
    <span className={classes.lacking} aria-label={text.roles.lacks(given.permission)} role="img">
      – {given.label}
    </span>
  );
}
