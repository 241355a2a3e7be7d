"""A second control plane on the database of a first one: with a data directory of its own, the same CA and master
key."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from nimbus.client.profiles import Profile
from tests.kit.agent_client import AgentClient
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.database import is_postgresql, place


@asynccontextmanager
async def two_control_planes(
    folder: Path, *, second: dict[str, Any] | None = None, without: str = "", **settings: Any
) -> AsyncIterator[tuple[ControlPlane, ControlPlane]]:
    """Both in this process, each with ports, bus and memory of its own. The second one knows the first one's
    administrator; `second`: its settings where they differ; `without`: a folder that it does not share."""
    if is_postgresql():
        settings["database"] = place(folder)
    async with control_plane(folder / "a", with_others=True, **settings) as first:
        share(folder / "a" / "control-plane", folder / "b" / "control-plane", file=not is_postgresql())
        if without:
            shutil.rmtree(folder / "b" / "control-plane" / without)
        async with control_plane(
            folder / "b", administrator=False, with_others=True, **{**settings, **(second or {})}
        ) as other:
            profile = first.profile
            other.profile = Profile(
                other.serving.api, profile.access_key, profile.secret_key, profile.ca_file
            )
            yield first, other


def share(first: Path, second: Path, *, file: bool) -> None:
    """Give a second data directory what both must have. `file`: SQLite's is one by a link; two write in turn."""
    second.mkdir(parents=True, mode=0o700)
    shutil.copytree(first / "pki", second / "pki")
    shutil.copy2(first / "master.key", second / "master.key")
    if file:
        (second / "nimbus.db").symlink_to(first / "nimbus.db")


def moved_to(agent: AgentClient, plane: ControlPlane) -> AgentClient:
    """The same node, told of another control plane's address."""
    there = msgspec.structs.replace(agent.record, agent_api=plane.serving.agent_api)
    return AgentClient(agent.directory, there)
