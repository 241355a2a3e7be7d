"""The command line of `nimbus-agent`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from agent import defaults
from nimbus.protocol.command_end import first_of, system_refused
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE, NimbusError, UsageError, first_error

NEW_IDENTITY, ASK_OUTSIDE, PAIR = "new-identity", "ask-outside", "throw-away-pair"


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message}. See: {self.prog} --help\n")


def make_parser() -> Parser:
    parser = Parser(prog="nimbus-agent", description="The Nimbus agent: makes this machine a node.")
    parser.add_argument("--version", action="store_true", help="print the version")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    join = _verb(verbs, "join", _join, "join a control plane with a join token")
    join.add_argument("token", help="the join token, or - to read it from standard input")
    join.add_argument(
        "--name", default="", help="name of the node (default: from the token, or the hostname)"
    )
    join.add_argument(
        "--mesh", choices=("auto", "kernel", "userspace", "off"), help="WireGuard device (default: auto)"
    )
    join.add_argument(
        "--interface", metavar="NAME", help=f"WireGuard interface (default: {defaults.INTERFACE})"
    )
    join.add_argument(
        "--listen-port", type=int, metavar="PORT", help="UDP port of WireGuard (default: a free one)"
    )
    join.add_argument(
        "--mtu", type=int, metavar="BYTES", help="MTU of the mesh (default: from the token, or measured)"
    )
    join.add_argument(
        "--auth",
        choices=("mtls", "session-key"),
        help="session-key signs requests, for a proxy that terminates TLS (default: mtls)",
    )
    join.add_argument(
        "--pin", metavar="sha256:HEX[,...]", help="accept only servers with these certificates or keys"
    )
    join.add_argument(
        "--proxy",
        metavar="http://[USER:PASSWORD@]HOST:PORT",
        help="HTTP proxy (CONNECT) to the API, or none (default: HTTPS_PROXY of the environment)",
    )
    join.add_argument(
        "--no-proxy", metavar="HOST[,...]", help="hosts and networks without the proxy (default: NO_PROXY)"
    )
    join.add_argument("--run", action="store_true", dest="stay", help="run the agent after joining")
    join.add_argument("-q", "--quiet", action="store_true", help="print only errors")

    run = _verb(verbs, "run", _run, "run as a node")
    run.add_argument(
        "--mesh-endpoint",
        metavar="ADDRESS:PORT[,...]",
        help="public address where a router forwards UDP to WireGuard on this machine",
    )
    run.add_argument(
        "--mesh-dns",
        choices=("answer", "resolved", "off"),
        help="names of the mesh: answer them (default), also set up systemd-resolved, or off",
    )
    run.add_argument("--log-format", choices=("auto", "json", "text"))
    run.add_argument("--log-level", choices=("debug", "info", "warning", "error"))

    status = _verb(verbs, "status", _status, "show the state of this node")
    status.add_argument("-o", "--output", choices=("table", "json"), default="table")

    doctor = _verb(verbs, "doctor", _doctor, "check this node: what is wrong, why, and what to do")
    doctor.add_argument("-o", "--output", choices=("table", "json"), default="table")

    leave = _verb(
        verbs, "leave", _leave, "leave the control plane: remove this node, its keys and its interface"
    )
    leave.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    leave.add_argument("--force", action="store_true", help="leave even if the control plane does not answer")

    leave.add_argument(
        "--local",
        action="store_true",
        help="remove only what is on this machine, for a copied disk whose node runs elsewhere",
    )

    service = _verb(verbs, "install-service", _install_service, "install and enable the systemd unit")
    service.add_argument("--no-start", action="store_true", help="enable the unit without starting it")

    return parser


def _internal_parser() -> Parser:
    """Of what the agent starts itself."""
    parser = Parser(prog="nimbus-agent")
    verbs = parser.add_subparsers(dest="command")
    verbs.add_parser(NEW_IDENTITY).set_defaults(run=_new_identity, debug=False)
    verbs.add_parser(PAIR).set_defaults(run=_throw_away_pair, debug=False)
    outside = verbs.add_parser(ASK_OUTSIDE)
    outside.add_argument("--data-dir", required=True)
    outside.set_defaults(run=_ask_outside, debug=False)
    return parser


def _verb(verbs: Any, name: str, run: Any, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=summary, description=f"{summary[:1].upper()}{summary[1:]}."
    )
    parser.add_argument(
        "--data-dir", metavar="DIR", help=f"directory of the node's state (default: {defaults.DATA_DIR})"
    )
    parser.add_argument("--config", metavar="FILE", help=f"TOML file (default: {defaults.CONFIG_FILE})")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=run)
    return parser


def run(arguments: Sequence[str]) -> int:
    """0 ok, 1 failed, 2 usage."""
    if arguments and arguments[0] in ("-V", "--version"):
        from nimbus.protocol.version import VERSION

        print(f"nimbus-agent {VERSION}")
        return EXIT_OK
    internal = arguments[:1] in ([NEW_IDENTITY], [ASK_OUTSIDE], [PAIR])
    parser = _internal_parser() if internal else make_parser()
    if not arguments:
        parser.print_help()
        return EXIT_USAGE
    options = parser.parse_args(arguments)
    try:
        status: int | None = options.run(options)
    except NimbusError as error:
        if options.debug:
            raise
        print(f"nimbus-agent: {error.line()} [{error.code}]", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    return EXIT_OK if status is None else status


def _settings(options: argparse.Namespace) -> Any:
    from agent.config import load

    return load(options)


def _join(options: argparse.Namespace) -> int:
    from agent.config import mesh_endpoints
    from agent.directory import open_agent_directory
    from agent.join import Options, join
    from nimbus.protocol.join_token import decode_token
    from nimbus.protocol.pins import parse_pins

    settings = _settings(options)
    word = sys.stdin.read() if options.token == "-" else options.token  # noqa: S105
    token = decode_token(word)
    directory = open_agent_directory(settings.data_dir)

    def say(line: str) -> None:
        if not options.quiet:
            print(f"nimbus-agent: {line}", file=sys.stderr, flush=True)

    wanted = Options(
        options.name,
        settings.mesh,
        settings.interface,
        settings.listen_port,
        settings.auth,
        parse_pins(settings.pin),
        settings.mtu,
        mesh_endpoints(settings.mesh_endpoint),
        _proxy_to_join(settings),
    )
    record = join(directory, token, wanted, say)
    address = f" at {record.mesh.address.split('/')[0]}" if record.mesh else ""
    print(f"This machine is now node {record.name!r}{address}.", flush=True)
    if record.waiting:
        print(
            f"It is waiting for approval. On the control plane: nimbus node approve {record.name}", flush=True
        )
    if not options.stay:
        _hint_at_service()
        return EXIT_OK
    return _become_runner(options)


def _hint_at_service() -> None:
    """After `nimbus-agent leave` the unit is there, and does not start."""
    from nimbus.protocol.checkup.machine import unit_properties

    properties = unit_properties("nimbus-agent") or {}
    if properties.get("LoadState") == "loaded" and properties.get("UnitFileState") == "disabled":
        print("The service nimbus-agent is disabled. Enable it: nimbus-agent install-service", flush=True)


def _proxy_to_join(settings: Any) -> Any:
    from agent.http_proxy.proxy import parse_proxy, proxy_of_environment

    if settings.proxy:
        return parse_proxy(settings.proxy, settings.no_proxy)
    return proxy_of_environment(os.environ).and_no_proxy(settings.no_proxy)


def _proxy(settings: Any) -> Any:
    """The one that is set; None: nothing is set, and the one that the node joined through is used."""
    from agent.http_proxy.proxy import parse_proxy

    return parse_proxy(settings.proxy, settings.no_proxy) if settings.proxy else None


def _become_runner(options: argparse.Namespace) -> NoReturn:
    """Run in a fresh process image: what joining needed is not kept in memory."""
    from agent.command import own_command

    command = [*own_command(), "run"]
    for flag in ("data_dir", "config"):
        if getattr(options, flag):
            command += ["--" + flag.replace("_", "-"), getattr(options, flag)]
    os.execv(command[0], command)  # noqa: S606


def _run(options: argparse.Namespace) -> None:
    from nimbus.protocol.logs import set_up_logging

    settings = _settings(options)
    set_up_logging(settings.log_format, settings.log_level)
    from agent.directory import find_agent_to_run

    directory = find_agent_to_run(settings.data_dir)
    import trio

    from agent.app import run_agent
    from agent.config import mesh_endpoints
    from agent.node_section.settings import OwnSettings
    from nimbus.protocol.pins import parse_pins

    failure, is_to_restart = None, False
    try:
        given = mesh_endpoints(settings.mesh_endpoint)
        own = OwnSettings(
            settings.listen_port,
            settings.mtu,
            given,
            settings.mesh_dns,
            settings.nginx,
            settings.nginx_conf,
            settings.metrics,
        )
        pins, quota = parse_pins(settings.pin), settings.artifact_quota_gib
        is_to_restart = trio.run(run_agent, directory, pins, quota, own, _proxy(settings))
    except* NimbusError as group:
        failure = first_error(group)
    except* OSError as refused:
        failure = system_refused(first_of(refused))
    if failure is not None:
        raise failure
    if is_to_restart:
        _start_anew()


def _start_anew() -> NoReturn:
    """In this process's place, from the file on disk: that serves an agent that nobody would start again, too."""
    from agent.command import own_command

    command = [*own_command(), *sys.argv[1:]]
    os.execv(command[0], command)  # noqa: S606


def _status(options: argparse.Namespace) -> None:
    from agent.directory import find_agent_directory
    from agent.status import describe

    data = describe(find_agent_directory(_settings(options).data_dir))
    if options.output == "json":
        print(json.dumps(data, indent=2))
        return
    mesh = data["mesh"]
    lines = {
        "node": f"{data['name']} ({data['node_id']})",
        "state": data["state"] + (f": {data['problem']}" if data["problem"] else ""),
        **({"disk": data["state_problem"]} if data["state_problem"] else {}),
        **({"approval": data["approval"]} if data["approval"] else {}),
        "control plane": data["control_plane"],
        **({"HTTP proxy": data["proxy"]} if data["proxy"] else {}),
        "mesh": "off" if mesh is None else f"{mesh['address']} on {mesh['interface']} ({mesh['mode']})",
        **_way_lines(mesh),
        "members": "-" if mesh is None else f"{mesh['members']} at revision {mesh['revision']}",
        **({"edge": data["edge"]} if data["edge"] else {}),
        "tasks": ", ".join(task["kind"] for task in data["tasks"]) or "none",
        "to report": f"{data['results_to_report']} results",
    }
    for name, value in lines.items():
        print(f"{name + ':':<15}{value}")


def _way_lines(mesh: dict[str, Any] | None) -> dict[str, str]:
    if mesh is None or not mesh["mtu"]:
        return {}
    from nimbus.protocol.sighting import NETWORKS

    way = mesh["endpoint"] or "unknown"
    if mesh["via"] == "tls":
        way = "TLS to the API, because UDP is blocked" + (
            f": {mesh['tls_problem']}" if mesh["tls_problem"] else ""
        )
    counts = ", ".join(f"{number} {name}" for name, number in sorted(mesh["ways"].items()))
    return {
        "name": mesh["name"],
        "path": way,
        "reached at": ", ".join(mesh["endpoints"]) or "-",
        "ways": counts or "-",
        "network": NETWORKS.get(mesh["network"], "not known yet"),
        "MTU": f"{mesh['mtu']} ({mesh['mtu_source']})",
        "UDP port": str(mesh["listen_port"] or "-"),
    }


def _doctor(options: argparse.Namespace) -> int:
    import msgspec

    from agent.checkup.look import look
    from agent.directory import find_agent_directory
    from agent.http_proxy.stored import stored_proxy
    from agent.node_section.settings import OwnSettings
    from nimbus.protocol.checkup.finding import failures, lines_of

    settings = _settings(options)
    own = OwnSettings(
        listen_port=settings.listen_port,
        mtu=settings.mtu,
        mesh_dns=settings.mesh_dns,
        nginx=settings.nginx,
        nginx_conf=settings.nginx_conf,
    )
    directory = find_agent_directory(settings.data_dir)
    findings = look(directory, own, _proxy(settings) or stored_proxy(directory.proxy))
    if options.output == "json":
        print(json.dumps(msgspec.to_builtins(findings), indent=2))
    else:
        print("\n".join(lines_of(findings)))
    return EXIT_FAILED if failures(findings) else EXIT_OK


def _leave(options: argparse.Namespace) -> None:
    from agent.directory import existing_agent_directory
    from agent.leave import leave
    from agent.service import without_service

    settings = _settings(options)
    directory = existing_agent_directory(settings.data_dir)
    if not options.yes:
        if not sys.stdin.isatty():
            raise UsageError("leaving removes this node", next_step="Confirm with --yes.")
        print(
            "Leave the control plane? Keys, mesh interface and open tasks are removed. [y/N] ",
            end="",
            flush=True,
        )
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise UsageError("cancelled, nothing was changed")
    with without_service(directory) as had_service:
        name = leave(
            directory,
            force=options.force,
            local=options.local,
            interface=settings.interface,
            proxy=_proxy(settings),
            nginx=settings.nginx,
            nginx_conf=settings.nginx_conf,
        )
    print(f"This machine is no longer node {name!r}." if name else "Removed the rest of a node.")
    if had_service:
        print(
            "The service nimbus-agent is stopped and disabled. After another join: nimbus-agent install-service"
        )


def _install_service(options: argparse.Namespace) -> None:
    from nimbus.protocol.systemd_unit import install

    install("nimbus-agent", program="nimbus-agent", package="agent", start=not options.no_start)


def _ask_outside(options: argparse.Namespace) -> None:
    """For the running agent: what is asked comes over standard input, and the answer goes out over standard
    output."""
    import msgspec

    from agent.directory import find_agent_directory
    from agent.node_section.order import OutsideOrder
    from agent.node_section.outside import ask_outside

    directory = find_agent_directory(options.data_dir)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=OutsideOrder)
    answer = ask_outside(directory, directory.load_node(), order.urls, order.proxy)
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def _throw_away_pair(_options: argparse.Namespace) -> None:
    """For the running agent: what a check of nginx takes for a certificate and its key."""
    from agent.identity import throw_away_pair

    print(throw_away_pair(), end="")


def _new_identity(_options: argparse.Namespace) -> None:
    """For the running agent: a key and its CSR, over the pipe that is our standard output."""
    from agent.identity import new_key, signing_request

    key = new_key()
    print(json.dumps({"key": key, "csr": signing_request(key)}))
