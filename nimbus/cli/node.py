"""`nimbus node`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli import node_metrics
from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, age, details, duration, print_data, show, size, watched
from nimbus.client.client import segment
from nimbus.protocol.errors import UsageError


def _state(node: dict[str, Any]) -> str:
    waits = node["approval"] == "waiting"
    return f"{node['state']} (waiting for approval)" if waits else str(node["state"])


_COLUMNS = (
    Column("NAME", lambda n: n["name"]),
    Column("STATE", _state),
    Column("OVERLAY", lambda n: n["overlay_ip"]),
    Column("CPU", lambda n: f"{n['metrics']['cpu_percent']:.0f}%" if n["last_seen_at"] else None, right=True),
    Column("MEMORY", lambda n: _share(n["metrics"], "memory"), right=True),
    Column("DISK", lambda n: _share(n["metrics"], "disk"), right=True),
    Column("SEEN", lambda n: age(n["last_seen_at"])),
    Column("VERSION", lambda n: n["version"]),
    Column("LABELS", lambda n: _labels(n["labels"])),
    Column("ID", lambda n: n["id"], wide=True),
    Column("AUTH", lambda n: n["auth"], wide=True),
    Column("WORKSPACE", lambda n: n["workspace"], wide=True),
    Column("PUBLIC", lambda n: n["public_ip"], wide=True),
    Column("OS", lambda n: n["facts"]["os"], wide=True),
)
_DETAILS = (
    *(
        Column(c.title if c.title == "OS" else c.title.capitalize(), c.value)
        for c in _COLUMNS
        if c.title not in ("ID", "SEEN", "CPU")
    ),
    Column("Id", lambda n: n["id"]),
    Column("Hostname", lambda n: n["hostname"]),
    Column("Key", lambda n: "a new one waits for the node to use it" if n["rotating_key"] else None),
    Column("Last seen", lambda n: n["last_seen_at"]),
    Column("Certificate", lambda n: _certificate(n.get("certificate"))),
    Column("Kernel", lambda n: n["facts"]["kernel"]),
    Column("CPU", lambda n: f"{n['facts']['cpu_count']} x {n['facts']['cpu_model']}"),
    Column("Load", lambda n: n["metrics"]["load_1m"]),
    Column("Up", lambda n: duration(n["metrics"]["uptime_s"])),
    Column("GPUs", lambda n: ", ".join(gpu["model"] for gpu in n["facts"]["gpus"])),
    Column("Checks", lambda n: ", ".join(f"{c['name']}: {c['message'] or 'failed'}" for c in _failed(n))),
    Column("Alerts", lambda n: "; ".join(n["alerts"])),
)


def _certificate(found: dict[str, Any] | None) -> str | None:
    if found is None:
        return None
    renewed = f", renewed {found['renewed_at'][:10]}" if found["renewed_at"] else ""
    return f"{found['serial']}, good until {found['not_after'][:10]}{renewed}"


def _failed(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [check for check in node["checks"] if not check["healthy"]]


def _share(metrics: dict[str, Any], what: str) -> str | None:
    total = metrics[f"{what}_total_bytes"]
    return f"{100 * metrics[f'{what}_used_bytes'] / total:.0f}% of {size(total)}" if total else None


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    _add_token(verbs)

    listing = verbs.add_parser("list", parents=[shared(watch=True, workspace=True)], help="list nodes")
    listing.add_argument("--state", help="only nodes in this state")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only nodes with this label")
    listing.add_argument("--search", metavar="WORDS", help="only nodes with this in name, address or labels")
    listing.add_argument(
        "--approval", choices=("approved", "waiting"), help="only nodes that are (not) let in"
    )
    listing.set_defaults(run=_list)

    one = verbs.add_parser("show", parents=[shared(watch=True, workspace=True)], help="show one node")
    one.add_argument("node")
    one.set_defaults(run=_show)

    node_metrics.add_arguments(verbs)

    label = verbs.add_parser("label", parents=[shared(workspace=True)], help="set labels, or take them away")
    label.add_argument("node")
    label.add_argument("labels", nargs="+", metavar="KEY=VALUE|KEY-", help="KEY- takes the label away")
    label.set_defaults(run=_label)

    rename = verbs.add_parser("rename", parents=[shared(workspace=True)], help="give a node another name")
    rename.add_argument("node")
    rename.add_argument("name")
    rename.set_defaults(run=_rename)

    maintenance = verbs.add_parser(
        "maintenance", parents=[shared(workspace=True)], help="put a node into maintenance"
    )
    maintenance.add_argument("node")
    maintenance.add_argument("--off", action="store_true", help="take it out of maintenance")
    maintenance.set_defaults(run=_maintenance)

    approve = verbs.add_parser(
        "approve", parents=[shared(workspace=True)], help="let nodes in that wait for approval"
    )
    approve.add_argument("nodes", nargs="+", metavar="NODE")
    approve.set_defaults(run=_approve)

    reject = verbs.add_parser(
        "reject", parents=[shared(workspace=True)], help="turn nodes away that wait for approval"
    )
    reject.add_argument("nodes", nargs="+", metavar="NODE")
    reject.add_argument("--reason", default="", help="for the audit log")
    reject.add_argument("--yes", action="store_true", help="do not ask")
    reject.set_defaults(run=_reject)

    rotate = verbs.add_parser(
        "rotate-key",
        parents=[shared(workspace=True)],
        help="give a node that signs its requests a new session key",
    )
    rotate.add_argument("node")
    rotate.set_defaults(run=_rotate_key)

    delete = verbs.add_parser("delete", parents=[shared(workspace=True)], help="revoke and delete a node")
    delete.add_argument("node")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    delete.add_argument("--dry-run", action="store_true", help="only show what would go with it")
    delete.set_defaults(run=_delete)


def _add_token(verbs: Any) -> None:
    token = verbs.add_parser("token", parents=[shared(workspace=True)], help="make a one-time join token")
    token.add_argument("--name", help="name that the node gets")
    token.add_argument(
        "--label", action="append", metavar="KEY=VALUE", help="label of the node; may be repeated"
    )
    token.add_argument("--ttl", default="10m", help="how long it is valid: 30s, 10m, 2h, 1d (default: 10m)")
    token.add_argument("--rejoin", metavar="NODE", help="for a known node, which keeps its id and address")
    token.add_argument(
        "--approve",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether the node waits for approval (default: as the setting enrolment says)",
    )
    token.add_argument(
        "--through-proxy",
        action="store_true",
        help="for a machine that reaches nothing but the proxy of the setting proxy_url: it signs its requests",
    )
    token.add_argument(
        "--pin",
        action="append",
        metavar="sha256:HEX",
        default=[],
        help="with --through-proxy: trust the proxy by this fingerprint of its certificate; may be repeated",
    )
    token.set_defaults(run=_token)


def _token(options: argparse.Namespace) -> None:
    api = client(options)
    if options.rejoin:
        body = {"ttl": options.ttl, "through_proxy": options.through_proxy, "pins": options.pin}
        made = api.post(f"/api/v1/nodes/{segment(options.rejoin)}/tokens", body)
    else:
        body = {
            "name": options.name or "",
            "workspace": api.workspace,
            "ttl": options.ttl,
            "labels": key_values(options.label, "--label"),
            "approve": options.approve,
            "through_proxy": options.through_proxy,
            "pins": options.pin,
        }
        made = api.post("/api/v1/nodes/tokens", body)
    if options.output in ("json", "yaml"):
        print_data(options.output, made)
        return
    if made["command"]:
        print(f"On a new machine, as a user who may sudo:\n\n  {made['command']}\n")
    print(f"Where nimbus-agent is there already, as root:\n\n  {made['join_command']}\n")
    print(f"The token is good for one machine, until {made['expires_at']}.")


def _list(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        nodes = api.get_all(
            "/api/v1/nodes",
            state=options.state,
            label=options.label,
            approval=options.approval,
            search=options.search,
        )
        show(
            options, nodes, _COLUMNS, empty="There is no node yet. Make a join token with: nimbus node token"
        )

    watched(options, once)


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: details(options, api.get(f"/api/v1/nodes/{segment(options.node)}"), _DETAILS))


def _label(options: argparse.Namespace) -> None:
    change: dict[str, str | None] = {}
    for word in options.labels:
        if "=" in word:
            change.update(key_values([word], "label"))
        elif word.endswith("-") and len(word) > 1:
            change[word[:-1]] = None
        else:
            raise UsageError(f"{word!r} is neither KEY=VALUE nor KEY-")
    _changed(options, {"labels": change})


def _rename(options: argparse.Namespace) -> None:
    _changed(options, {"name": options.name})


def _maintenance(options: argparse.Namespace) -> None:
    _changed(options, {"maintenance": not options.off})


def _changed(options: argparse.Namespace, patch: dict[str, Any]) -> None:
    node = client(options).patch(f"/api/v1/nodes/{segment(options.node)}", patch)
    show(options, node, _COLUMNS)


def _approve(options: argparse.Namespace) -> None:
    api = client(options)
    nodes = [api.post(f"/api/v1/nodes/{segment(node)}/approve") for node in options.nodes]
    show(options, nodes, _COLUMNS)


def _reject(options: argparse.Namespace) -> None:
    names = ", ".join(options.nodes)
    confirm(f"Turn {names} away? What they joined with is revoked.", yes=options.yes)
    api = client(options)
    for node in options.nodes:
        rejected = api.post(f"/api/v1/nodes/{segment(node)}/reject", {"reason": options.reason})
        if options.output in ("json", "yaml"):
            print_data(options.output, rejected)
        else:
            print(f"Node {rejected['name']} is turned away.")


def _rotate_key(options: argparse.Namespace) -> None:
    node = client(options).post(f"/api/v1/nodes/{segment(options.node)}/rotate-key")
    if options.output in ("json", "yaml"):
        print_data(options.output, node)
    else:
        print(
            f"Node {node['name']} gets a new session key with its next heartbeat; the old one is good until it has"
            " used the new one."
        )


_DELETION = (
    Column("Node", lambda d: d["name"]),
    Column("Certificates", lambda d: ", ".join(one["serial"] for one in d["certificates"])),
    Column("Session keys", lambda d: d["session_keys"] or None),
    Column("Mesh", lambda d: f"{d['mesh']['address']} ({d['mesh']['public_key']})" if d["mesh"] else None),
    Column("Open tasks", lambda d: d["open_tasks"]),
    Column("Join tokens", lambda d: len(d["join_tokens"])),
)


def _delete(options: argparse.Namespace) -> None:
    if options.dry_run:
        preview = client(options).get(f"/api/v1/nodes/{segment(options.node)}/deletion")
        details(options, preview, _DELETION)
        return
    confirm(
        f"Delete node {options.node}? Its certificate is revoked, it leaves the mesh, its tasks are cancelled.",
        yes=options.yes,
    )
    node = client(options).delete(f"/api/v1/nodes/{segment(options.node)}")
    if options.output in ("json", "yaml"):
        print_data(options.output, node)
    else:
        print(f"Node {node['name']} is deleted: certificate revoked, out of the mesh, open tasks cancelled.")
