"""The mesh: overlay addresses, members, and how each node learns of the others.

A member is one row with the revision of its last change; a node asks for the rows after its own revision, so
that what is sent per node for one join does not grow with the mesh. Removed members stay as tombstones.

Invariants:
- An address belongs to one owner at a time and rests for ten minutes after its release.
- While a join is not complete, its provisional peer holds the address on the control plane's device; the
  node's own key is known to the device from the start, and gets the address when the join completes or expires.
- The revision is published (told to nodes) after the control plane's own device has it.
"""
