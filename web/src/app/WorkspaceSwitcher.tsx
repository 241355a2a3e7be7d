import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../access/useAccess";
import { listAt } from "../api/collection";
import { useSetWorkspace, useWorkspace } from "../components/workspace";
import { text } from "../text";
import classes from "./WorkspaceSwitcher.module.css";

const workspaces = listAt("/api/v1/workspaces");

/** Narrows all lists to a workspace. */
export function WorkspaceSwitcher() {
  const access = useAccess();
  const workspace = useWorkspace();
  const setWorkspace = useSetWorkspace();
  const mayRead = access.somewhere("workspace:read");
  const { data } = useQuery({ ...workspaces.all(), enabled: mayRead });
  const names = (data?.rows ?? []).map((row) => row.full_name);
  if (!mayRead && !workspace) return null;
  return (
    <Select
      aria-label={text.common.workspace}
      className={classes.switcher}
      size="xs"
      searchable
      allowDeselect={false}
      data={[
        { value: "", label: text.common.allWorkspaces },
        ...names.map((name) => ({ value: name, label: name })),
      ]}
      value={workspace}
      onChange={(chosen) => setWorkspace(chosen ?? "")}
      data-narrowed={workspace !== "" || undefined}
      comboboxProps={{ width: 260, position: "bottom-start" }}
    />
  );
}
