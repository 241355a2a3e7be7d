"""Where nodes are in the REST API. `/api/v1/agents` is the same collection under the name that edge users know."""

from __future__ import annotations

from nimbus.fleet.nodes.records import NodeView
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection

NODES = tuple(
    Collection(
        path,
        "node",
        NodeView,
        reads=Permission.AGENT_READ,
        writes=Permission.AGENT_WRITE,
        deletes=Permission.AGENT_DELETE,
        scoped=True,
    )
    for path in ("/api/v1/nodes", "/api/v1/agents")
)
