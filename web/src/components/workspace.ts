import { useNavigate, useSearch } from "@tanstack/react-router";

/** The workspace that lists are narrowed to, as `organization/workspace`; "": all. It is part of every address. */
export function useWorkspace(): string {
  const { workspace } = useSearch({ strict: false }) as { workspace?: string };
  return workspace ?? "";
}

export function useSetWorkspace(): (workspace: string) => void {
  const navigate = useNavigate();
  return (workspace) => {
    void navigate({
      to: ".",
      search: (before: object) => ({ ...before, workspace: workspace || undefined }),
    } as never);
  };
}

/** For the query of a list: nothing when all workspaces are meant. */
export function inWorkspace(workspace: string): { workspace?: string } {
  return workspace ? { workspace } : {};
}
