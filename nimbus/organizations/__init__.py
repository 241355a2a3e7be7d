"""Organizations and their workspaces. `default/default` exists from the start."""
