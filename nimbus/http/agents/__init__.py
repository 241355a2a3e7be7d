"""The agent listener: one TLS connection per machine of the fleet, answered inline.

Purpose: every agent keeps one mutually authenticated HTTP/1.1 connection open for heartbeats, long polls and
results. No task, channel or timer exists per connection or request: one Trio task waits for an epoll that the
listener owns and handles a bounded batch of ready sockets, another ends what is overdue once a second.

Files: `messages` (what a handler sees), `limits`, `head` (request heads, strict), `responses` (their bytes),
`conversation` (HTTP without I/O: bytes in, requests out, bytes out, deadlines), `dispatch` (handler errors),
`tls` (contexts, peer certificates), `connection` (one TLS socket), `admission` (who may connect, counters),
`listener` (epoll loop, sweeper, shutdown).

States of a connection: HANDSHAKE -> OPEN -> LINGER (answered for the last time, close_notify sent, reading
and discarding so that the peer sees the answer) -> CLOSED; a broken or expired one goes to CLOSED directly.

States of the conversation in OPEN: IDLE -> HEAD -> BODY -> ANSWER -> IDLE; ANSWER <-> PARKED; any -> CLOSING.

Invariants: requests of one connection are answered strictly in order, one at a time; a request carries the
identity of the certificate of the connection that it came on and of no other; what is buffered for a peer
is bounded; nothing that a peer sends or a handler raises ends the loop.
"""
