"""Who may do what where: roles are sets of permissions, bindings give them to users, groups and keys, for an
organization or one workspace of it.

Invariants: nobody gives what they do not have there themselves; an organization that has an owner keeps one;
nothing is allowed that no binding says. Administrators of the appliance need no binding.
"""
