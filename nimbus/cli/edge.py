"""`nimbus edge`."""

from __future__ import annotations

import argparse
import time
from typing import Any

from nimbus.cli.noun import Field, Noun, sent, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, report, show
from nimbus.client.client import Client
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK

_POLL_S = 0.3
_MODES = ("systemd", "standalone", "sidecar")
_ACTIONS = ("start", "stop", "reload", "restart", "test")


def _nginx(edge: dict[str, Any]) -> str:
    version = f" {edge['nginx_version']}" if edge["nginx_version"] else ""
    return f"{edge['nginx']}{version}"


_EDGE = Noun(
    name="edge",
    path="/api/v1/edges",
    columns=(
        Column("NODE", "node"),
        Column("STATE", "state"),
        Column("NGINX", _nginx),
        Column("HOSTS", "deployed", right=True),
        Column("APPLIED", "applied"),
        Column("DRIFTED", lambda e: e["drifted"] or None, right=True),
        Column("DOWN", lambda e: e["servers_down"] or None, right=True),
        Column("REPORTED", lambda e: age(e["reported_at"])),
        Column("PROBLEM", lambda e: e["problem"] or None),
        Column("MODE", "mode", wide=True),
        Column("WORKSPACE", "workspace", wide=True),
        Column("SHARED WITH", lambda e: ", ".join(e["shared_with"]) or None, wide=True),
        Column("ID", "node_id", wide=True),
    ),
    details=(
        Column("Node", "node"),
        Column("Id", "node_id"),
        Column("Workspace", "workspace"),
        Column("State", "state"),
        Column("nginx", _nginx),
        Column("Problem", lambda e: e["problem"] or None),
        Column("Mode", "mode"),
        Column(
            "nginx.conf", lambda e: "written by Nimbus" if e["owns_main_file"] else "yours, with an include"
        ),
        Column("Resolvers", lambda e: ", ".join(e["resolvers"]) or None),
        Column("Shared with", lambda e: ", ".join(e["shared_with"]) or None),
        Column("Hosts", "deployed"),
        Column("Applied", "applied"),
        Column("Generation", lambda e: e["generation"] or None),
        Column("Connections", lambda e: e["counts"]["active"] if e["counts"] else None),
        Column("Requests", lambda e: e["counts"]["requests"] if e["counts"] else None),
        Column("Drifted", lambda e: ", ".join(e["drift"]) or None),
        Column("Servers down", lambda e: ", ".join(_down(e)) or None),
        Column("Reported", lambda e: age(e["reported_at"])),
    ),
    empty="No node serves as an edge. Make one: nimbus edge add NODE",
    metavar="NODE",
    reference="name or id of the node",
    scoped=True,
    answers_with_details=True,
)
_SETTINGS = (
    Field("--mode", choices=_MODES, help="how nginx is run (default: systemd)"),
    Field(
        "--worker-shutdown",
        "worker_shutdown_s",
        type=int,
        metavar="SECONDS",
        help="how long old connections may last after a reload, with --own-main-file (default: 600)",
    ),
    Field(
        "--resolver",
        "resolvers",
        action="append",
        metavar="ADDRESS",
        help="DNS server for names of upstreams, can be repeated (default: the machine's)",
    ),
    Field(
        "--share-with",
        "shared_with",
        action="append",
        metavar="WORKSPACE",
        help="workspace of the organization that can deploy to it, or '*' for all; can be repeated",
    ),
)
_MAIN_FILE = Field(
    "--own-main-file",
    "owns_main_file",
    action=argparse.BooleanOptionalAction,
    help="have Nimbus write nginx.conf, too; the one that is there is kept and comes back",
)


def _down(edge: dict[str, Any]) -> list[str]:
    return [f"{one['upstream']} {one['address']}" for one in edge["servers"] if not one["healthy"]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    add = _EDGE.verb(
        verbs,
        "add",
        "make a node an edge: its nginx serves what is deployed to it",
        _add,
        *_SETTINGS,
        _MAIN_FILE,
        of_one=False,
    )
    add.add_argument("node", metavar="NODE", help="name or id of the node")
    _EDGE.list(verbs, "list the nodes that serve as edges")
    _EDGE.show(verbs, "show an edge with what it says of its nginx")
    _EDGE.update(verbs, "change how an edge is set, or shared", *_SETTINGS, _MAIN_FILE, word="set")
    _EDGE.delete(
        verbs,
        "make an edge a plain node again; its nginx is as it was before",
        "Stop serving from {name}? Nothing that was deployed to it is served any more.",
        "{node} is no edge any more.",
        word="remove",
    )
    _EDGE.verb(verbs, "drift", "show which files of an edge were changed by hand", _drift)
    nginx = _EDGE.verb(verbs, "nginx", "start, stop, reload, restart or test the nginx of an edge", _order)
    nginx.add_argument("action", choices=_ACTIONS, help="what nginx is to do")


def _add(options: argparse.Namespace) -> None:
    api = client(options)
    body = {"node": options.node, "workspace": api.workspace, **sent((*_SETTINGS, _MAIN_FILE), options)}
    edge = api.post(_EDGE.path, body)
    report(
        options,
        edge,
        f"{edge['node']} is an edge. See what it says of its nginx: nimbus edge show {edge['node']}",
    )


def _drift(options: argparse.Namespace) -> int:
    api = client(options)
    files = api.get(f"{_EDGE.path_of(api, options)}/drift")
    columns = (Column("FILE", "name"), Column("STATE", "state"), Column("OF", lambda f: f["owner"] or None))
    show(options, files, columns, empty="Every file is as it was written.")
    if options.output in ("table", "wide"):
        for file in files:
            if file["diff"]:
                print(f"\n{file['diff']}")
    return EXIT_FAILED if files else EXIT_OK


def _order(options: argparse.Namespace) -> int:
    api = client(options)
    task = api.post(f"{_EDGE.path_of(api, options)}/nginx", {"action": options.action})
    task = _ended(api, task)
    result = task["result"] if isinstance(task["result"], dict) else {}
    said = str(result.get("output", "")).strip()
    if task["state"] == "succeeded":
        report(options, task, said or f"nginx on {task['node']}: {options.action} done.")
        return EXIT_OK
    why = task["error"]["message"] if task["error"] else task["state"]
    report(options, task, f"nginx on {task['node']}: {options.action} failed: {why}")
    return EXIT_FAILED


def _ended(api: Client, task: dict[str, Any]) -> dict[str, Any]:
    while task["state"] in ("queued", "running"):
        time.sleep(_POLL_S)
        task = api.get(f"/api/v1/tasks/{task['id']}")
    return task
