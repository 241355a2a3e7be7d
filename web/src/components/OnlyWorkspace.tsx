import { CloseButton, Group } from "@mantine/core";
import { text } from "../text";
import classes from "./OnlyWorkspace.module.css";
import { useSetWorkspace, useWorkspace } from "./workspace";

/** Says that what is shown is of one workspace, with a way back to all. Nothing while it is of all. */
export function OnlyWorkspace() {
  const workspace = useWorkspace();
  const setWorkspace = useSetWorkspace();
  if (workspace === "") return null;
  return (
    <Group gap={4} wrap="nowrap" className={classes.only}>
      <span className="truncate">{text.table.onlyWorkspace(workspace)}</span>
      <CloseButton size="xs" aria-label={text.table.allWorkspaces} onClick={() => setWorkspace("")} />
    </Group>
  );
}
