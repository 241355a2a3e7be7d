"""The Node.js of the pinned wheel, with which build.py builds the dashboard: tests start npm's programs with it and
with no other, so that what a machine has does not matter."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

from build import BuildError, Folders, find_node, locked, web_errors, web_tools

PROJECT = Path(__file__).parents[2]
TOOLS = web_tools(PROJECT / "web")


def nodejs() -> Any:
    """A `Node` of web/build.py, fetched once. Skips the test where it cannot be had."""
    found = _fetched()
    if isinstance(found, BuildError):
        pytest.skip(str(found))
    return found


@functools.cache
def _fetched() -> Any:
    """The error where it failed: what cannot be had is asked for once."""
    folders = Folders(PROJECT, PROJECT / "build")
    try:
        with locked(folders), web_errors(TOOLS):
            return find_node(folders, TOOLS)
    except BuildError as error:
        return error


def environment() -> dict[str, str]:
    """For npm and what it starts."""
    found: dict[str, str] = TOOLS.environment_of(nodejs())
    return found
