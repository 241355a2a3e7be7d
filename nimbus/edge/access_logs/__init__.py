"""Access logs: every request that an edge answered, kept for a time, and asked.

    line of nginx -> batch of an agent -> small block, durable, acknowledged -> larger block -> gone with its day

Invariants:
- A batch is stored once, however often it comes: where it is from (node, file, bytes) is stored with it.
- What is acknowledged is on the disk; a line that cannot be read is kept as it came, and counted.
- A node is believed about the virtual hosts that it serves, and about no other.
- Nobody sees a row of a workspace where they lack log:read.
- Every question ends in time, whatever it asks: it is bounded in rows, bytes and seconds.
"""
