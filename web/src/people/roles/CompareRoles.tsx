import { Checkbox, MultiSelect, Stack } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { text } from "../../text/people";
import { differences } from "./differences";
import classes from "./PermissionMatrix.module.css";
import { usePermissionWords } from "./permissionWords";
import { type Role, roles } from "./requests";

/** Roles side by side, and in what they differ. */
export function CompareRoles({ role }: { role: Role }) {
  const all = useQuery(roles.all());
  const [others, setOthers] = useState<string[]>([]);
  const [onlyDifferent, setOnlyDifferent] = useState(true);
  const { describe } = usePermissionWords();
  const known = all.data?.rows ?? [];
  const chosen = [role, ...known.filter(({ id }) => others.includes(id))];
  const rows = differences(
    chosen.map(({ permissions }) => permissions),
    onlyDifferent,
  );
  return (
    <Stack gap="sm">
      <MultiSelect
        label={text.roles.compareWith}
        searchable
        data={known
          .filter(({ id }) => id !== role.id)
          .map(({ id, name, organization }) => ({
            value: id,
            label: organization ? `${name} (${organization})` : name,
          }))}
        value={others}
        onChange={setOthers}
        data-autofocus
      />
      {chosen.length > 1 && (
        <Checkbox
          size="xs"
          label={text.roles.onlyDifferent}
          checked={onlyDifferent}
          onChange={(event) => setOnlyDifferent(event.currentTarget.checked)}
        />
      )}
      {chosen.length > 1 && rows.length === 0 && <span className="quiet">{text.roles.sameAs}</span>}
      {chosen.length > 1 && rows.length > 0 && (
        <section className={classes.scroller} tabIndex={0} aria-label={text.roles.compare}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{text.roles.permission}</th>
                {chosen.map(({ id, name }) => (
                  <th key={id} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ permission, held }) => (
                <tr key={permission}>
                  <th scope="row" title={describe(permission)}>
                    {permission}
                    <div className="quiet">{describe(permission)}</div>
                  </th>
                  {chosen.map(({ id }, at) => (
                    <td key={id}>
                      {held[at] ? (
                        <IconCheck
                          size={15}
                          className={classes.held}
                          role="img"
                          aria-label={text.roles.holds(permission)}
                        />
                      ) : (
                        <span
                          className={classes.lacking}
                          role="img"
                          aria-label={text.roles.lacks(permission)}
                        >
                          –
                        </span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Stack>
  );
}
