"""The firewall of nodes: which ports of which resources are reached from where, as a section of desired state.

A slice above that has a node open a port calls `allow` in the transaction in which it orders that, and `withdraw`
when the port is closed. The node has a table of its own (nftables, `inet nimbus`) that drops what comes to these
ports from elsewhere, and touches nothing else: no port that is not named here, no table of others, no SSH.

    allow -> the node's revision is raised -> the node fetches the document, applies it, names the revision
    withdraw -> the same, without the rules of that resource

Invariants: the document is told with the task that was ordered in the same transaction, and applied before it, so
that the rule is there before the port. Ports that several resources name are reached from everywhere that one of
them allows. A revision is never given twice (after a restored backup it jumps).
"""
