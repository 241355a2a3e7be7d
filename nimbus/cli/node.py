"""`nimbus node`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from nimbus.cli import join_tokens, node_metrics
from nimbus.cli.moments import moment_ahead
from nimbus.cli.node_filters import FILTERS
from nimbus.cli.noun import DESCRIPTION, NAME, YES, Field, Noun, verbs_of
from nimbus.cli.options import client, confirm, key_values, label_changes
from nimbus.cli.output import (
    Column,
    age,
    details,
    duration,
    labels_of,
    print_data,
    report,
    show,
    shown_time,
    size,
)
from nimbus.client.client import segment
from nimbus.protocol.errors import UsageError
from nimbus.protocol.mesh_names import mesh_name


def _state(node: dict[str, Any]) -> str:
    if node["approval"] == "waiting":
        return f"{node['state']} (waiting for approval)"
    until = (node["maintenance"] or {}).get("until")
    return f"{node['state']} until {shown_time(until)}" if until else str(node["state"])


def _maintenance_of(node: dict[str, Any]) -> str | None:
    said = node["maintenance"]
    if said is None:
        return None
    words = [
        f"since {shown_time(said['since'])}" if said["since"] else "",
        f"by {said['by']}" if said["by"] else "",
    ]
    words.append(f"until {shown_time(said['until'])}" if said["until"] else "")
    reason = f": {said['reason']}" if said["reason"] else ""
    return " ".join(word for word in words if word) + reason


def _mtu_of(node: dict[str, Any]) -> str | None:
    wanted = node["wanted_mtu"]
    if not node["mtu"]:
        return f"{wanted} is set, and not heard of yet" if wanted else None
    passed_over = f", {wanted} is set for the node" if wanted not in (0, node["mtu"]) else ""
    return f"{node['mtu']} ({node['mtu_source']}{passed_over})"


def _port_of(node: dict[str, Any]) -> str | None:
    has, wanted = node["listen_port"], node["wanted_port"]
    if not wanted:
        return str(has) if has else None
    if not has:
        return f"{wanted} is set, and not heard of yet"
    return f"{has} (set)" if has == wanted else f"{has}, {wanted} is set for the node"


_OUTDATED = (
    ", older than the control plane. Run the command of `nimbus node token` on the machine: it installs the"
    " present agent and the node stays as it is. Then: sudo systemctl restart nimbus-agent"
)


def _is_heard(node: dict[str, Any]) -> bool:
    """Whether what it said of its load is so now."""
    return node["state"] in ("Online", "Degraded", "Maintenance")


def _cpu(node: dict[str, Any]) -> str | None:
    metrics = node["metrics"]
    return f"{metrics['cpu_percent']:.0f}%" if metrics["memory_total_bytes"] else None


_COLUMNS = (
    Column("NAME", "name"),
    Column("STATE", _state),
    Column("OVERLAY", "overlay_ip"),
    Column("CPU", lambda n: _cpu(n) if _is_heard(n) else None, right=True),
    Column("MEMORY", lambda n: _share(n["metrics"], "memory") if _is_heard(n) else None, right=True),
    Column("DISK", lambda n: _share(n["metrics"], "disk") if _is_heard(n) else None, right=True),
    Column("SEEN", lambda n: age(n["last_seen_at"])),
    Column("VERSION", lambda n: f"{n['version']} (outdated)" if n["outdated"] else n["version"]),
    Column("LABELS", labels_of),
    Column("ID", "id", wide=True),
    Column("AUTH", "auth", wide=True),
    Column("WORKSPACE", "workspace", wide=True),
    Column("PUBLIC", "public_ip", wide=True),
    Column("OS", lambda n: n["facts"]["os"], wide=True),
)
_DETAILS = (
    *(
        Column(c.title if c.title == "OS" else c.title.capitalize(), c.value)
        for c in _COLUMNS
        if c.title not in ("ID", "SEEN", "CPU", "MEMORY", "DISK", "VERSION")
    ),
    Column("Memory", lambda n: _share(n["metrics"], "memory")),
    Column("Disk", lambda n: _share(n["metrics"], "disk")),
    Column("Version", lambda n: f"{n['version']}{_OUTDATED}" if n["outdated"] else n["version"]),
    Column("Id", "id"),
    Column("Description", lambda n: n["description"] or None),
    Column("Maintenance", _maintenance_of),
    Column("Hostname", "hostname"),
    Column("Key", lambda n: "the new key is waiting for the node" if n["rotating_key"] else None),
    Column("Last seen", "last_seen_at"),
    Column("Certificate", lambda n: _certificate(n.get("certificate"))),
    Column("Mesh name", lambda n: _mesh_name(n) if n["overlay_ip"] else None),
    Column("MTU", _mtu_of),
    Column("UDP port", _port_of),
    Column("Mesh by", lambda n: {"udp": "UDP", "tls": "TLS: UDP is blocked"}.get(n["mesh_via"] or "")),
    Column("Kernel", lambda n: n["facts"]["kernel"]),
    Column("CPU", lambda n: f"{n['facts']['cpu_count']} x {n['facts']['cpu_model']}"),
    Column("Load", lambda n: n["metrics"]["load_1m"]),
    Column("Up", lambda n: duration(n["metrics"]["uptime_s"])),
    Column("GPUs", lambda n: ", ".join(gpu["model"] for gpu in n["facts"]["gpus"])),
    Column("nginx", lambda n: n["facts"].get("nginx") or None),
    Column("Checks", lambda n: ", ".join(f"{c['name']}: {c['message'] or 'failed'}" for c in _failed(n))),
    Column("Alerts", lambda n: "; ".join(n["alerts"])),
)


def _mesh_name(node: dict[str, Any]) -> str:
    return mesh_name(node["name"], node["workspace"].rpartition("/")[2])


def _certificate(certificate: dict[str, Any] | None) -> str | None:
    if certificate is None:
        return None
    renewed = f", renewed {certificate['renewed_at'][:10]}" if certificate["renewed_at"] else ""
    return f"{certificate['serial']}, valid until {certificate['not_after'][:10]}{renewed}"


def _failed(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [check for check in node["checks"] if not check["healthy"]]


def _share(metrics: dict[str, Any], what: str) -> str | None:
    total = metrics[f"{what}_total_bytes"]
    return f"{100 * metrics[f'{what}_used_bytes'] / total:.0f}% of {size(total)}" if total else None


_NODE = Noun(
    name="node",
    path="/api/v1/nodes",
    columns=_COLUMNS,
    details=_DETAILS,
    empty="No nodes yet. Create a join token: nimbus node token",
    scoped=True,
)
_NODES = Field("nodes", nargs="+", metavar="NODE", help="names or ids")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    _add_token(verbs)
    join_tokens.add_arguments(verbs)
    _NODE.list(verbs, "list nodes", *FILTERS)
    _NODE.show(verbs, "show a node")
    node_metrics.add_arguments(verbs)
    labels = Field("labels", nargs="+", metavar="KEY=VALUE|KEY-", help="set a label; KEY- removes it")
    _NODE.verb(verbs, "label", "set or remove labels", _label, labels)
    _NODE.verb(verbs, "rename", "rename a node", _rename, NAME)
    _NODE.verb(
        verbs,
        "maintenance",
        "start or end maintenance of a node",
        _maintenance,
        Field("--off", action="store_true", help="end maintenance"),
        Field("--reason", metavar="TEXT", help="why, shown with the node"),
        Field("--for", dest="until", metavar="TIME", help="when it ends by itself: 2h, 1d, or a time"),
    )
    _NODE.verb(
        verbs,
        "set",
        "set the description of a node, and the port and MTU of its WireGuard",
        _set,
        Field("--port", type=int, metavar="PORT", help="UDP port, 0 for the default of the settings"),
        Field("--mtu", type=int, metavar="BYTES", help="MTU of the mesh interface, 0 to measure it"),
        DESCRIPTION,
    )
    _NODE.verb(verbs, "approve", "approve nodes that are waiting", _approve, _NODES, of_one=False)
    reason = Field("--reason", default="", help="reason, for the audit log")
    _NODE.verb(
        verbs,
        "reject",
        "reject nodes that are waiting for approval",
        _reject,
        _NODES,
        reason,
        YES,
        of_one=False,
    )
    _NODE.verb(verbs, "rotate-key", "replace the session key of a node that signs its requests", _rotate_key)
    dry_run = Field("--dry-run", action="store_true", help="only show what would be deleted")
    _NODE.verb(verbs, "delete", "delete a node and revoke its certificate", _delete, YES, dry_run)


def _add_token(verbs: Any) -> None:
    token = _NODE.verb(verbs, "token", "create a join token for one machine", _token, of_one=False)
    token.add_argument("--name", help="name of the node (default: the machine's hostname)")
    token.add_argument(
        "--label", action="append", metavar="KEY=VALUE", help="label of the node, can be repeated"
    )
    token.add_argument(
        "--ttl", default="10m", help="how long the token is valid: 30s, 10m, 2h, 1d (default: 10m)"
    )
    token.add_argument(
        "--rejoin", metavar="NODE", help="for an existing node, which keeps its id and address"
    )
    token.add_argument(
        "--approve",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether the node needs approval (default: the setting enrolment)",
    )
    token.add_argument(
        "--mtu",
        type=int,
        default=0,
        metavar="BYTES",
        help="MTU of the mesh on this machine (default: measured)",
    )
    token.add_argument(
        "--through-proxy",
        action="store_true",
        help="for a machine that reaches only the proxy of the setting proxy_url; it signs its requests",
    )
    token.add_argument(
        "--pin",
        action="append",
        metavar="sha256:HEX",
        default=[],
        help="with --through-proxy: trust the proxy certificate with this fingerprint, can be repeated",
    )
    token.add_argument(
        "--uses",
        type=int,
        default=1,
        metavar="NUMBER",
        help="how many machines can join with the token (default: 1); more than 1: --ttl up to 90d",
    )


def _token(options: argparse.Namespace) -> None:
    api = client(options)
    if options.rejoin:
        body = {
            "ttl": options.ttl,
            "through_proxy": options.through_proxy,
            "pins": options.pin,
            "mtu": options.mtu,
        }
        token = api.post(f"/api/v1/nodes/{segment(options.rejoin)}/tokens", body)
    else:
        body = {
            "name": options.name or "",
            "workspace": api.workspace,
            "ttl": options.ttl,
            "labels": key_values(options.label, "--label"),
            "approve": options.approve,
            "through_proxy": options.through_proxy,
            "pins": options.pin,
            "mtu": options.mtu,
            "uses": options.uses,
        }
        token = api.post("/api/v1/nodes/tokens", body)
    if options.output in ("json", "yaml"):
        print_data(options.output, token)
        return
    if token["command"]:
        print(f"On a new machine, as a user with sudo:\n\n  {token['command']}\n")
    print(f"If nimbus-agent is already there, as root:\n\n  {token['join_command']}\n")
    machines = "one machine" if token["uses"] == 1 else f"{token['uses']} machines"
    print(f"The token is valid for {machines} until {shown_time(token['expires_at'])}.")
    print(f"To revoke it: nimbus node revoke-token {token['id']}")


def _label(options: argparse.Namespace) -> None:
    _change(options, {"labels": label_changes(options.labels, "nimbus node label")})


def _rename(options: argparse.Namespace) -> None:
    _change(options, {"name": options.name})


def _maintenance(options: argparse.Namespace) -> None:
    if options.off:
        if options.reason is not None or options.until is not None:
            raise UsageError("--off ends maintenance: it takes no --reason and no --for")
        _change(options, {"maintenance": False})
        return
    until = None if options.until is None else moment_ahead(options.until, "--for")
    patch = {"maintenance": True, "maintenance_reason": options.reason, "maintenance_until": until}
    _change(options, {name: value for name, value in patch.items() if value is not None})


def _set(options: argparse.Namespace) -> None:
    patch = {"wanted_port": options.port, "wanted_mtu": options.mtu, "description": options.description}
    given = {name: value for name, value in patch.items() if value is not None}
    if not given:
        raise UsageError("nothing to set", next_step="Give --port, --mtu or --description.")
    _change(options, given, _DETAILS)


def _change(options: argparse.Namespace, patch: dict[str, Any], columns: Sequence[Column] = _COLUMNS) -> None:
    api = client(options)
    changed = api.patch(_NODE.path_of(api, options), patch)
    show(options, changed, columns)


def _approve(options: argparse.Namespace) -> None:
    api = client(options)
    nodes = [api.post(f"{_NODE.path}/{segment(node)}/approve") for node in options.nodes]
    show(options, nodes, _COLUMNS)


def _reject(options: argparse.Namespace) -> None:
    names = ", ".join(options.nodes)
    confirm(f"Reject {names}? Their certificates and keys are revoked.", yes=options.yes)
    api = client(options)
    for node in options.nodes:
        rejected = api.post(f"{_NODE.path}/{segment(node)}/reject", {"reason": options.reason})
        report(options, rejected, f"Node {rejected['name']} rejected.")


def _rotate_key(options: argparse.Namespace) -> None:
    api = client(options)
    node = api.post(f"{_NODE.path_of(api, options)}/rotate-key")
    report(
        options,
        node,
        f"Node {node['name']} gets a new session key with its next heartbeat; the old one is valid until then.",
    )


_DELETION = (
    Column("Node", "name"),
    Column("Certificates", lambda d: ", ".join(certificate["serial"] for certificate in d["certificates"])),
    Column("Session keys", lambda d: d["session_keys"] or None),
    Column("Mesh", lambda d: f"{d['mesh']['address']} ({d['mesh']['public_key']})" if d["mesh"] else None),
    Column("Open tasks", "open_tasks"),
    Column("Join tokens", lambda d: len(d["join_tokens"])),
)


def _delete(options: argparse.Namespace) -> None:
    api = client(options)
    path = _NODE.path_of(api, options)
    if options.dry_run:
        details(options, api.get(f"{path}/deletion"), _DELETION)
        return
    confirm(
        f"Delete node {options.node}? Its certificate is revoked and its tasks are cancelled.",
        yes=options.yes,
    )
    node = api.delete(path)
    report(
        options,
        node,
        f"Node {node['name']} deleted: certificate revoked, removed from the mesh, open tasks cancelled.",
    )
