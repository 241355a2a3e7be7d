"""Which build runs: what the executable's own start-up package says."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

import pytest

from nimbus.appliance.service import versions
from nimbus.zipapp import settings

STARTED_AS = "_bootstrap"


def test_the_build_is_the_executables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert versions().build is None
    package = tmp_path / STARTED_AS
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    shutil.copyfile(str(settings.__file__), package / "settings.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = [STARTED_AS, f"{STARTED_AS}.settings"]
    try:
        for name in names:
            importlib.import_module(name)
        assert versions().build == settings.BUILD
    finally:
        for name in names:
            sys.modules.pop(name, None)
