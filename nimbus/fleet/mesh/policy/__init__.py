"""The policy of the mesh: which members may talk to each other, within an organization and over its border.

Each organization has one document, or none: then all of its members talk to each other, and to nobody else. The
document names members by workspace and labels; its first rule that fits decides, of each direction and port: a rule
without ports speaks of everything in both directions. Over the border that is open which the documents of both
leave open.

Members that a document cannot tell apart are of one kind, and are in one scope of the mesh. Which scopes a scope
sees, and what is open between them, follows from the documents alone. Where any of them speaks of ports, members
that cannot keep them are of a kind of their own, and not told of those to whom only some are open.

Files: `subjects` (kinds), `document` (one of them, read), `rules` (all of them together), `preview` (what would
change); `kinds` finds the kind of a stored node.

Invariants: a document is taken whole or not at all, with its own tests passed; the control plane is in no rule, so
that no document comes between it and a node.
"""
