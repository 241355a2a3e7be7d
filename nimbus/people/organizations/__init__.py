"""Organizations and their workspaces. `default/default` exists from the start, and stays.

Invariants: names are unique within what holds them; what is not empty is deleted only with `cascade`, in one
transaction with everything inside; whoever may not know of a workspace hears that there is none.
"""
