"""The lab of the system tests, for pages that are opened from within a mesh."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.system.conftest import dist, make_lab, unpacked

# For a machine that is busy with something else; what is there is seen at once.
expect.set_options(timeout=30_000)
__all__ = ["dist", "make_lab", "unpacked"]
