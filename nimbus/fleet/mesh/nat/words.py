"""What `why` says of the networks of two members, and what follows for a direct way between them. Pure."""

from __future__ import annotations

from nimbus.fleet.mesh.nat.rules import Network
from nimbus.fleet.mesh.records import MeshFinding
from nimbus.protocol.sighting import NETWORKS

_MOST_VIEWS_SAID = 4


def of_network(name: str, network: Network) -> MeshFinding:
    seen = ", ".join(f"{view.by} at {view.endpoint}" for view in network.views[:_MOST_VIEWS_SAID])
    return MeshFinding(None, sentence(name, network) + (f" (heard by {seen})" if seen else ""))


def sentence(name: str, network: Network) -> str:
    """Without where it is heard."""
    said = NETWORKS.get(network.kind)
    text = f"{name} is {said}" if said else f"whether {name} is behind a NAT is not known"
    if network.is_doubled:
        text = text.replace("a NAT", "two NATs, one behind the other")
    return text + (f": {network.why}" if network.why else "")


def why_relayed(one: tuple[str, Network], other: tuple[str, Network]) -> tuple[str, str]:
    """Why there is no direct way between the two, and what to do; "" and "" where their networks do not tell."""
    ends = (one, other)
    for name, network in ends:
        if network.kind == "udp_blocked":
            return (
                f"the network of {name} lets no UDP through",
                f"For a direct way let UDP pass out of the network of {name}, to the control plane's WireGuard port"
                " and to the other nodes' ports.",
            )
    per_destination = [name for name, network in ends if network.kind == "port_per_destination"]
    others = [(name, network) for name, network in ends if name not in per_destination]
    if len(per_destination) == 2:
        return (
            "both are behind NATs that give a port for each destination: neither knows where to send to the other",
            _pass_on(f"{one[0]} or {other[0]}"),
        )
    if per_destination:
        (name, network) = others[0]
        if network.is_translated:
            return (
                f"{per_destination[0]} is behind a NAT that gives a port for each destination, and the NAT of"
                f" {name} lets in nothing but answers",
                _pass_on(f"{name} or {per_destination[0]}"),
            )
        if network.kind == "firewall":
            return (
                f"{per_destination[0]} is behind a NAT that gives a port for each destination, and the firewall of"
                f" {name} lets in nothing but answers",
                f"For a direct way let UDP in to the WireGuard port of {name}, from everywhere.",
            )
    if any(network.kind in ("none", "firewall") for _name, network in ends):
        open_end = next(name for name, network in ends if network.kind in ("none", "firewall"))
        return (
            f"something between them drops UDP to the WireGuard port of {open_end}",
            f"For a direct way let UDP in to the WireGuard port of {open_end} (its firewall, or its provider's).",
        )
    return "", ""


def _pass_on(names: str) -> str:
    return (
        f"For a direct way pass a UDP port on to {names} on the router in front of it, and name that there:"
        " mesh_endpoint in /etc/nimbus/agent.toml."
    )
