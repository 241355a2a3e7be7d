import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../access/useAccess";
import { api, pageOf } from "../api/client";
import { useSetWorkspace, useWorkspace } from "../components/workspace";
import { text } from "../text";
import classes from "./WorkspaceSwitcher.module.css";

/** Shown once there is more than one workspace to see: a single team never has to know. */
export function WorkspaceSwitcher() {
  const access = useAccess();
  const workspace = useWorkspace();
  const setWorkspace = useSetWorkspace();
  const { data } = useQuery({
    queryKey: ["workspaces", "switcher"],
    queryFn: () => pageOf(api.GET("/api/v1/workspaces", { params: { query: { per_page: 1000 } } })),
    enabled: access.somewhere("workspace:read"),
  });
  const names = (data?.rows ?? []).map((row) => `${row.organization}/${row.name}`);
  if (names.length < 2 && !workspace) return null;
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
      comboboxProps={{ width: 260, position: "bottom-start" }}
    />
  );
}
