"""WireGuard: keys, the wanted and the observed interface, the difference between them, and two devices.

The control plane and the agent both use this package, so it imports nothing of `nimbus` but
`nimbus.protocol.errors`, and nothing slow until a function needs it.

    have = device.read()                 # InterfaceState: what is there now
    todo = plan(have, want, previous)    # pure; falsy when nothing differs
    if todo:
        device.apply(todo, want)         # idempotent; safe to repeat after a crash at any point

Invariants:

- An interface of ours belongs to us whole: peers, addresses and static routes that nobody wants are removed.
  Routes of routing daemons and link-local addresses of the kernel are left alone.
- WireGuard peers roam: an endpoint that moved by itself is not drift (see `plan`).
- Private and preshared keys are in `Interface` and `Peer` alone, never in a repr, a plan's words, an error or
  an `InterfaceState` (which holds digests to compare with).
- Every function here blocks: call it in a thread. Devices act in the network namespace of the calling thread.
"""
