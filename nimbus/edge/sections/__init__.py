"""The section `edge` of each edge's desired state, and the answers to certificate authorities beside it.

A section is made of entries: files (by the digest of their text), upstream blocks, certificates, probes. Whatever
changes it raises its revision, which is the generation that nginx answers with, too; each entry keeps the revision
that it was changed at, so that an edge is told what is new since the one it has, and nothing else.

    entries change -> the revision is raised -> the node is woken, fetches the difference and the texts it lacks
    a node that upstreams name goes offline, or into maintenance -> its servers are drained where they are named

Invariants: what a change costs does not depend on how many hosts an edge has; a node is sent only texts and
certificates of its own section; no revision is given twice (after a restored backup it jumps).
"""
