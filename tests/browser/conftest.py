"""The lab of the system tests, for pages that are opened from within a mesh."""

from __future__ import annotations

from tests.system.conftest import dist, make_lab, unpacked

__all__ = ["dist", "make_lab", "unpacked"]
