"""The policy of the mesh: which members may talk to each other, within an organization and over its border.

Each organization has one document, or none: then all of its members talk to each other, and to nobody else. The
document names members by workspace and labels; its first rule that fits a pair decides, in both directions. Over
the border two organizations talk where the documents of both allow the pair.

Members that a document cannot tell apart are of one kind, and are in one scope of the mesh. Which scopes a scope
sees follows from the documents alone.

Invariants: a document is taken whole or not at all, with its own tests passed; the control plane is in no rule, so
that no document comes between it and a node.
"""
