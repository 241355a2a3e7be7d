"""The mesh: overlay addresses, members, and how each node learns of the others.

A member is one row with the revision of its last change; a node asks for the rows after its own revision, so
that what is sent per node for one join does not grow with the mesh. Removed members stay as tombstones.

Each member is in one scope: its organization, or a part of it that a policy (`policy/`) tells apart. It is told of
the members of the scopes that its own sees, so that it has no way to others; revisions come from one counter, and
are published, and waited for, scope by scope.

    joins --> candidate --its key shakes hands--> member --leaves--> removed (a tombstone, then nothing)

A candidate is a peer of the control plane's device and of nobody else: that it has its key is only what it says.
When it has been seen to use it, the others are told.

Invariants:
- A key is the control plane's, one member's, one candidate's or one provisional peer's; an address one member's.
- Nobody is told of a member of a scope that his own does not see, nor of anybody before he is a member himself.
- An address belongs to one owner at a time and rests for ten minutes after its release.
- While a join is not complete, its provisional peer holds the address on the control plane's device; the
  node's own key is known to the device from the start, and gets the address when the join completes or expires.
- The revision is published (told to nodes) after the control plane's own device has it.
"""
