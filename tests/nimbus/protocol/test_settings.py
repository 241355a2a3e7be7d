from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from nimbus.protocol.errors import UsageError
from nimbus.protocol.settings import Settings, load_settings


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    data_dir: str = "/default"
    agent_port: int = 1
    interval: float = 1.5
    quiet: bool = False
    level: Literal["low", "high"] = "low"


def load(
    tmp_path: Path,
    text: str | None = None,
    env: dict[str, str] | None = None,
    flags: dict[str, Any] | None = None,
    *,
    required: bool = False,
) -> Settings[Kind]:
    file = tmp_path / "nimbus.toml"
    if text is not None:
        file.write_text(text)
    return load_settings(
        Kind, file=file, file_required=required, environment=env or {}, prefix="NIMBUS_", flags=flags or {}
    )


def test_flags_over_variables_over_the_file_over_defaults(tmp_path: Path) -> None:
    text = 'data_dir = "/file"\nagent_port = 2\ninterval = 3\n'
    loaded = load(
        tmp_path, text, {"NIMBUS_AGENT_PORT": "3", "NIMBUS_QUIET": "yes"}, {"data_dir": "/flag", "x": "y"}
    )
    assert loaded.values == Kind(data_dir="/flag", agent_port=3, interval=3.0, quiet=True)
    assert loaded.sources == {
        "data_dir": "--data-dir",
        "agent_port": "$NIMBUS_AGENT_PORT",
        "interval": str(tmp_path / "nimbus.toml"),
        "quiet": "$NIMBUS_QUIET",
        "level": "default",
    }
    described = loaded.describe()
    assert 'data_dir = "/flag"' in described
    assert described.count("\n") == 4
    assert "# $NIMBUS_AGENT_PORT" in described


def test_an_unknown_key_names_its_nearest_neighbour(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, 'data_dri = "/x"\n')
    assert "data_dri" in caught.value.message
    assert "data_dir" in caught.value.next_step
    with pytest.raises(UsageError) as caught:
        load(tmp_path, "zzzzzz = 1\n")
    assert "Known keys" in caught.value.next_step


@pytest.mark.parametrize(
    "text",
    [
        "data_dir = 1",
        'agent_port = "x"',
        "agent_port = true",
        'level = "middle"',
        "interval = []",
        "not toml",
        "quiet = 1",
        "agent_port = 1.5",
    ],
)
def test_a_wrong_type_in_the_file_is_a_usage_error_of_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert "\n" not in caught.value.line()
    assert "nimbus.toml" in caught.value.line()


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("1", True),
        ("TRUE", True),
        (" on ", True),
        ("0", False),
        ("No", False),
        ("off", False),
        ("false", False),
    ],
)
def test_truth_in_variables(tmp_path: Path, word: str, wanted: bool) -> None:
    assert load(tmp_path, env={"NIMBUS_QUIET": word}).values.quiet is wanted


@pytest.mark.parametrize(
    "env",
    [
        {"NIMBUS_QUIET": "maybe"},
        {"NIMBUS_AGENT_PORT": "many"},
        {"NIMBUS_INTERVAL": "soon"},
        {"NIMBUS_LEVEL": "x"},
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(env))):
        load(tmp_path, env=env)


def test_a_missing_file_matters_only_when_it_was_named(tmp_path: Path) -> None:
    assert load(tmp_path).values == Kind()
    with pytest.raises(UsageError, match="does not exist"):
        load(tmp_path, required=True)
    (tmp_path / "nimbus.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not valid TOML"):
        load(tmp_path)
    (tmp_path / "nimbus.toml").unlink()
    (tmp_path / "nimbus.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path)
