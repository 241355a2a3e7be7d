from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import executables


@pytest.fixture(scope="session")
def project() -> Iterator[Path]:
    """A built project; in a folder that every user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="nimbus-build-"))
    try:
        folder.chmod(0o755)
        executables.write_project(folder)
        executables.build(folder)
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def nimbus(project: Path) -> Path:
    return project / "dist/nimbus"


@pytest.fixture(scope="session")
def agent(project: Path) -> Path:
    return project / "dist/nimbus-agent"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A cache folder that does not exist yet."""
    return tmp_path / "cache"
