"""A pool of servers as nginx's `upstream` block. The agent writes it: it knows which addresses names have now, and
what can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

ALGORITHMS = {"round_robin": "", "weighted": "", "least_connections": "least_conn;", "ip_hash": "ip_hash;"}
# A server that nobody can reach: a block needs one at least.
NOWHERE = "127.0.0.1:9"


class Server(NamedTuple):
    """`address` is an IP address with a port, or `unix:PATH`; `fail_timeout` in seconds."""

    address: str
    weight: int = 1
    backup: bool = False
    down: bool = False
    max_fails: int = 1
    fail_timeout: int = 10


def upstream_block(
    name: str,
    servers: Sequence[Server],
    algorithm: str = "round_robin",
    keepalive: int = 32,
    keepalive_timeout: int = 60,
) -> str:
    """Whatever the servers are, nginx takes it: one that has no others is `down`, and answers 502."""
    lines = [ALGORITHMS[algorithm]] if ALGORITHMS[algorithm] else []
    listed = list(dict.fromkeys(servers)) or [Server(NOWHERE, down=True)]
    if all(server.backup for server in listed) or algorithm == "ip_hash":
        # nginx knows no backup for ip_hash, and none without a server that it stands in for.
        listed = [server._replace(backup=False) for server in listed]
    lines += [_server(server) for server in listed]
    if keepalive:
        lines += [f"keepalive {keepalive};", f"keepalive_timeout {keepalive_timeout}s;"]
    inside = "".join(f"    {line}\n" for line in lines)
    return f"upstream {name} {{\n    zone {name} 128k;\n{inside}}}\n"


def _server(server: Server) -> str:
    words = [f"server {server.address}"]
    if server.weight != 1:
        words.append(f"weight={server.weight}")
    words.append(f"max_fails={server.max_fails} fail_timeout={server.fail_timeout}s")
    words += ["backup"] * server.backup + ["down"] * server.down
    return " ".join(words) + ";"
