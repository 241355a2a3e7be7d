"""REST routes of the firewall: its rules come with the resources that open ports, so that it is only looked at."""

from __future__ import annotations

from nimbus.fleet.firewall.records import FirewallQuery, FirewallRuleView
from nimbus.fleet.firewall.service import Firewall
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route

_RULE = Collection("/api/v1/firewall", "rule", FirewallRuleView, reads=Permission.AGENT_READ)


def routes(firewall: Firewall) -> list[Route]:
    return [
        _RULE.list(
            firewall.list,
            FirewallQuery,
            "List the ports that nodes open for resources, and from where they are reached",
            scoped=True,
        )
    ]
