from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.openid_provider import OpenIdProvider, openid_provider
from tests.nimbus.people.single_sign_on.world import World, world


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "nimbus") as made:
        yield made


@pytest.fixture
async def real(w: World, tmp_path: Path) -> AsyncIterator[OpenIdProvider]:
    async with openid_provider(tmp_path, w.redirect_uri) as made:
        yield made
