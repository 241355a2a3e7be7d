"""`nimbus edge`."""

from __future__ import annotations

import argparse
import time
from typing import Any

from nimbus.cli.noun import Field, Noun, sent, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, print_data, report, show
from nimbus.cli.progress import Progress
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
    help="let Nimbus write nginx.conf too; yours is kept and restored later",
)


_DEPLOY = (
    Field(
        "--host",
        "hosts",
        action="append",
        metavar="HOST",
        help="virtual host, can be repeated (default: all)",
    ),
    Field("--upstream", "upstreams", action="append", metavar="UPSTREAM", help="upstream, can be repeated"),
    Field("--node", "nodes", action="append", metavar="NODE", help="only this edge, can be repeated"),
    Field("--canary", action="store_true", help="start with one edge; the others follow if it serves"),
    Field("--wave", type=int, metavar="N", help="number of edges at the same time (default: all)"),
)
_DEPLOYMENTS = "/api/v1/edge/deployments"
_ROWS = (
    Column("NODE", "node"),
    Column("WAVE", "wave", right=True),
    Column("STATE", "state"),
    Column("DONE", lambda n: None if n["percent"] is None else f"{n['percent']}%", right=True),
    Column("WHY", lambda n: _why(n) or None),
)
_SERVED = (
    Column("NODE", "node"),
    Column("OBJECT", lambda s: f"{s['owner'].partition('/')[0].replace('_', ' ')} {s['name']}"),
    Column("SERVES", lambda s: s["served"] or None, right=True),
    Column("DEPLOYED", lambda s: s["wanted"] or None, right=True),
    Column("NEWEST", lambda s: s["current"] or None, right=True),
    Column("CHANGED", lambda s: age(s["changed_at"])),
    Column("PROBLEM", lambda s: _said(s) or None),
    Column("WORKSPACE", "workspace", wide=True),
)
_LISTED = (
    Column("ID", "id"),
    Column("STATE", "state"),
    Column("OBJECTS", lambda d: ", ".join(f"{one['name']} {one['version']}" for one in d["objects"])),
    Column("EDGES", lambda d: len(d["nodes"]), right=True),
    Column("CREATED", lambda d: age(d["created_at"])),
    Column("BY", "created_by", wide=True),
    Column("OPERATION", "operation_id", wide=True),
)
_ENDED = ("succeeded", "failed", "cancelled", "gone")


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
    _EDGE.show(verbs, "show an edge and the state of its nginx")
    _EDGE.update(
        verbs, "change the settings of an edge, or who shares it", *_SETTINGS, _MAIN_FILE, word="set"
    )
    _EDGE.delete(
        verbs,
        "make an edge a plain node again; its nginx is as it was before",
        "Stop serving from {name}? Nothing that was deployed to it is served any more.",
        "{node} is no edge any more.",
        word="remove",
    )
    _EDGE.verb(verbs, "drift", "show which files of an edge were changed by hand", _drift)
    nginx = _EDGE.verb(verbs, "nginx", "start, stop, reload, restart or test the nginx of an edge", _order)
    nginx.add_argument("action", choices=_ACTIONS, help="what to do with nginx")
    deploy = _EDGE.verb(
        verbs, "deploy", "deploy virtual hosts and upstreams to edges", _deploy, *_DEPLOY, of_one=False
    )
    deploy.add_argument("--plan", action="store_true", help="show what would change, and change nothing")
    deploy.add_argument("--no-wait", action="store_true", help="do not wait until it ends")
    _EDGE.verb(
        verbs,
        "status",
        "show which versions each edge serves",
        _status,
        Field("--node", metavar="NODE", help="only this edge"),
        of_one=False,
    )
    _EDGE.verb(verbs, "deployments", "list deployments, newest first", _deployments, of_one=False)


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


def _said(row: dict[str, Any]) -> str:
    line = f" (line {row['line']})" if row["line"] else ""
    return f"{row['problem']}{line}" if row["problem"] else ""


def _why(node: dict[str, Any]) -> str:
    objects = "; ".join(f"{one['name']}: {_said(one)}" for one in node["objects"])
    return objects or str(node["message"])


def _deploy(options: argparse.Namespace) -> int:
    api = client(options)
    body = {**sent(_DEPLOY, options), "workspace": api.workspace}
    if options.plan:
        return _print_plan(options, api.post(f"{_DEPLOYMENTS}/plan", body))
    deployment = api.post(_DEPLOYMENTS, body)
    if options.no_wait:
        report(options, deployment, f"Deployment {deployment['id']} started; see: nimbus edge deployments")
        return EXIT_OK
    with Progress(quiet=options.output in ("json", "yaml")) as progress:
        while deployment["state"] not in _ENDED or deployment["ended_at"] is None:
            progress.say(", ".join(f"{node['node']} {node['state']}" for node in deployment["nodes"]))
            time.sleep(_POLL_S)
            deployment = api.get(f"{_DEPLOYMENTS}/{deployment['id']}")
    if options.output in ("json", "yaml"):
        print_data(options.output, deployment)
    else:
        show(options, deployment["nodes"], _ROWS)
    return EXIT_OK if deployment["state"] == "succeeded" else EXIT_FAILED


def _print_plan(options: argparse.Namespace, plan: dict[str, Any]) -> int:
    problems = [problem for node in plan["nodes"] for problem in node["problems"]]
    if options.output in ("json", "yaml"):
        print_data(options.output, plan)
        return EXIT_FAILED if problems else EXIT_OK
    columns = (
        Column("NODE", "node"),
        Column("WAVE", "wave", right=True),
        Column("OBJECTS", lambda n: ", ".join(_planned(one) for one in n["objects"])),
        Column("FILES", lambda n: len(n["files"]), right=True),
        Column("PROBLEMS", lambda n: "; ".join((*n["problems"], *n["notes"])) or None),
    )
    show(options, plan["nodes"], columns)
    shown: set[str] = set()
    for diff in (file["diff"] for node in plan["nodes"] for file in node["files"]):
        if diff and diff not in shown:
            print(f"\n{diff}")
        shown.add(diff)
    return EXIT_FAILED if problems else EXIT_OK


def _planned(one: dict[str, Any]) -> str:
    return f"{one['name']} {one['version']}" if one["version"] else f"{one['name']} taken away"


def _status(options: argparse.Namespace) -> int:
    api = client(options)
    query = {"node": options.node} if options.node else {}
    rows = api.get_all("/api/v1/edge/served", **query)
    show(options, rows, _SERVED, empty="Nothing is deployed. Deploy with: nimbus edge deploy")
    return EXIT_FAILED if any(row["problem"] for row in rows) else EXIT_OK


def _deployments(options: argparse.Namespace) -> None:
    api = client(options)
    show(
        options, api.get_all(_DEPLOYMENTS), _LISTED, empty="No deployments yet. Begin one: nimbus edge deploy"
    )
