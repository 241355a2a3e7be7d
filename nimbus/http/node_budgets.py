"""How often one node may ask what: an honest one never notices, a compromised one keeps no other from being
served."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from nimbus.http.rate_limits import RateLimit


class Budget(msgspec.Struct, frozen=True):
    """`rate` requests a second, `burst` at once."""

    rate: float
    burst: float


# By what is asked. A node beats every few seconds, and as often as the mesh changes, which is five times a second
# while many join; it polls again at once; after hours without a connection it has hundreds of results to tell.
BUDGETS: Mapping[str, Budget] = {
    "heartbeat": Budget(10, 300),
    "tasks": Budget(20, 200),
    "result": Budget(50, 1000),
    "progress": Budget(50, 1000),
    "metrics": Budget(5, 200),
    # Two a second, and more after an absence; of 1 MiB each at most.
    "access-logs": Budget(8, 60),
    # Of 256 KiB each at most: 100 MB a second.
    "artifacts": Budget(400, 400),
    "desired": Budget(5, 100),
    # Texts of up to 200 files in one request, certificates one by one, reports when something is otherwise.
    "edge": Budget(20, 1000),
    "certificate": Budget(1 / 60, 6),
    "session-key": Budget(1 / 10, 20),
    "leave": Budget(1 / 60, 6),
}
_OTHER = Budget(1, 20)
# Nodes of each budget that are remembered.
CAPACITY = 20_000


class NodeBudgets:
    """Belongs to the Trio thread. `now` is in seconds of a clock that is never set."""

    def __init__(self, budgets: Mapping[str, Budget] = BUDGETS) -> None:
        self._limits = {
            name: RateLimit(budget.rate, budget.burst, CAPACITY) for name, budget in budgets.items()
        }
        self._other = RateLimit(_OTHER.rate, _OTHER.burst, CAPACITY)

    def check(self, node_id: str, parts: list[str], now: float) -> None:
        """`parts` of the path after /v1/internal/. Raises RateLimited."""
        name = parts[2] if len(parts) == 3 and parts[0] == "tasks" else parts[0]
        self._limits.get(name, self._other).check(node_id, now, f"of this node for {name[:20]}")
