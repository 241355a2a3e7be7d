"""Edges: nodes whose nginx serves what Nimbus says, and what each says of itself.

    node -add-> edge -remove-> node: its nginx is told to serve nothing of ours, and is as it was before

An edge belongs to the workspace of its node. It can be shared with other workspaces of the organization: what these
deploy goes there, too, and nobody sees what others have there but who may read the node.

Invariants: what an edge reports is kept as far as it is about itself and about what it was told to serve, and
bounded; a change of it (nginx stopped, a server down, a generation taken back) is told once.
"""
