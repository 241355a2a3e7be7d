"""Metrics: what machines said of their load, kept for graphs; and the fleet at a glance.

    heartbeat -> slot of 10 s in memory -> block of 10 minutes on disk -> block of minutes -> gone after 30 days

Invariants: a heartbeat never waits for a write (samples are flushed together); a slot that has a sample keeps it,
so that the same sample twice changes nothing; what is stored of a node and what is read at once are bounded; nobody
reads figures of a workspace whose nodes they may not read; a deleted node's history goes with it.
"""
