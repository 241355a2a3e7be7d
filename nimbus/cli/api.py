"""`nimbus api`: run the control plane."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from nimbus.protocol.command_end import first_of, system_refused
from nimbus.protocol.errors import NimbusError, UsageError, first_error
from nimbus.protocol.files import write_atomically

if TYPE_CHECKING:
    from nimbus.composition.appliance import Serving
    from nimbus.protocol.settings import Settings
    from nimbus.settings.configuration import ControlPlaneConfig


# Those that name a control plane on this host. The others matter to `nimbus api`, and are in its help.
_WHICH_ONE = ("data_dir", "database", "database_password_file")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_settings(parser, lambda _name: True)
    parser.add_argument(
        "--print-config",
        action="store_true",
        help="print the effective configuration and where each value comes from",
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_run)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Every flag of `nimbus api`, for commands on its host that read the same configuration; their help
    has few of them."""
    _add_settings(parser, lambda name: name in _WHICH_ONE)
    parser.epilog = " ".join(
        filter(None, (parser.epilog, "The settings of `nimbus api` are options here too."))
    )


def _add_settings(parser: argparse.ArgumentParser, in_help: Callable[[str], bool]) -> None:
    """A flag for every field of the configuration, and --config."""
    import msgspec

    from nimbus.settings.configuration import DEFAULT_CONFIG_FILE, ControlPlaneConfig
    from nimbus.settings.words import SETTING_WORDS

    parser.add_argument("--config", metavar="FILE", help=f"TOML file (default: {DEFAULT_CONFIG_FILE})")
    for field in msgspec.structs.fields(ControlPlaneConfig):
        choices = get_args(field.type) if get_origin(field.type) is not None else None
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            choices=choices,
            help=SETTING_WORDS[field.name] if in_help(field.name) else argparse.SUPPRESS,
            metavar=None if choices else _metavar(field.name, field.type),
        )


def _metavar(name: str, kind: Any) -> str:
    if kind in (int, float):
        return "N"
    if kind is bool:
        return "true|false"
    if name.startswith("tls_") or name.endswith("_file"):
        return "FILE"
    return name.rpartition("_")[2].upper()


def load(options: argparse.Namespace) -> Settings[ControlPlaneConfig]:
    from nimbus.protocol.settings import load_settings
    from nimbus.settings.configuration import (
        DEFAULT_CONFIG_FILE,
        ENVIRONMENT_PREFIX,
        ControlPlaneConfig,
        check,
    )
    from nimbus.settings.database_url import has_password

    settings = load_settings(
        ControlPlaneConfig,
        file=Path(options.config) if options.config else DEFAULT_CONFIG_FILE,
        file_required=options.config is not None,
        environment=os.environ,
        prefix=ENVIRONMENT_PREFIX,
        flags=vars(options),
    )
    check(settings.values)
    if settings.sources["database"].startswith("--") and has_password(settings.values.database):
        raise UsageError(
            "--database contains a password, and any user of this machine can read command lines",
            next_step="Use the configuration file, NIMBUS_DATABASE, database_password_file or PGPASSFILE.",
        )
    return settings


def load_on_its_host(options: argparse.Namespace) -> ControlPlaneConfig:
    """For commands that change what the control plane of this host has. Raises UsageError where there is none: on
    another machine they would begin a second one."""
    settings = load(options)
    folder = settings.values.data_dir
    if settings.sources["data_dir"] == "default" and not Path(folder).exists():
        raise UsageError(
            f"there is no control plane on this machine: {folder} does not exist",
            next_step="Start it first: nimbus install-service. If its data is elsewhere: --data-dir. On another "
            "machine: nimbus login",
        )
    return settings.values


def _shown(settings: Settings[ControlPlaneConfig]) -> Settings[ControlPlaneConfig]:
    from nimbus.protocol.settings import Settings
    from nimbus.settings.configuration import without_secrets

    return Settings(without_secrets(settings.values), settings.sources)


def _run(options: argparse.Namespace) -> int:
    settings = load(options)
    if options.print_config:
        print(_shown(settings).describe())
        return 0
    from nimbus.protocol.logs import set_up_logging

    set_up_logging(settings.values.log_format, settings.values.log_level)
    import trio

    from nimbus.composition.appliance import run_control_plane

    async def serve() -> None:
        async with trio.open_nursery() as nursery:
            _greet(await nursery.start(_start), settings.values.data_dir)

    async def _start(*, task_status: trio.TaskStatus[Serving]) -> None:
        await run_control_plane(settings.values, sources=settings.sources, task_status=task_status)

    failure: NimbusError | None = None
    try:
        trio.run(serve)
    except* NimbusError as group:
        failure = first_error(group)
    except* OSError as refused:
        failure = system_refused(first_of(refused))
    if failure is not None:
        raise failure
    return 0


def _greet(serving: Serving, data_dir: str) -> None:
    """What an operator needs to go on, on standard error: standard output stays empty."""
    lines = [f"Nimbus serves {serving.api} (agents: {serving.agent_api}, mesh: {serving.mesh})"]
    if serving.mesh_note:
        lines.append(serving.mesh_note[0].upper() + serving.mesh_note[1:])
    if serving.setup_token:
        lines.append(f"Create the administrator:  nimbus bootstrap --data-dir {data_dir}")
        lines.append(f"           or in a browser:  {_setup_line(serving, data_dir)}")
    lines.append("Add a node:                nimbus node token")
    print("\n".join(lines), file=sys.stderr, flush=True)


def _setup_line(serving: Serving, data_dir: str) -> str:
    """The token is a secret: it is shown on a terminal; what is no terminal may be a journal, which others read and
    which is kept, and there it goes into a file that only its owner reads."""
    where = f"{serving.public_url}/setup"
    if sys.stderr.isatty():
        return f"{where}  with the token {serving.setup_token} (24 hours)"
    file = Path(data_dir) / "setup-token"
    write_atomically(file, serving.setup_token.encode() + b"\n")
    return f"{where}  with the token in {file} (24 hours)"
