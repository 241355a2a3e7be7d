"""Events: what has changed, kept for a while, so that clients follow it with a cursor.

Invariants:
- An event is written in the transaction of its change, just before the commit (`recorder`): there is none of a
  change that was undone, and none is missing.
- Sequences grow by one. A client that goes on after the last sequence it saw misses nothing and sees nothing twice;
  when what comes next is not kept any more, it is told so (reset) and loads anew.
- What changes by the second (`PassingChange`: how far a task is) is no event of the log: it has no sequence, is
kept
  nowhere, and goes to those who follow by WebSocket just then, the newest of each resource twice a second at most.
- Whoever may read the resource, and holds `event:read` there, may see its events. That is decided for each event
  when it is handed out.
"""
