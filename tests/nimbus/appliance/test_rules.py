"""How settings are shown."""

from __future__ import annotations

import msgspec
import pytest

from nimbus.appliance.records import Origin
from nimbus.appliance.rules import MASKED, origin_of, setting_views
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.words import SECRET_SETTINGS, SETTING_WORDS


class _Settings(msgspec.Struct, kw_only=True):
    listen: str = "0.0.0.0:8443"
    join_password: str = ""
    interval: float = msgspec.field(default_factory=lambda: 10.0)


WORDS = {"listen": "where", "join_password": "what", "interval": "when"}


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ("default", Origin.DEFAULT),
        ("--listen", Origin.FLAG),
        ("$NIMBUS_LISTEN", Origin.ENVIRONMENT),
        ("/etc/nimbus/nimbus.toml", Origin.FILE),
    ],
)
def test_where_a_value_came_from(source: str, origin: Origin) -> None:
    assert origin_of(source) is origin
    [view, *_] = setting_views(_Settings(), {"listen": source}, WORDS, (), prefix="NIMBUS_")
    assert (view.origin, view.source) == (origin, source)


def test_names_defaults_and_values() -> None:
    views = setting_views(_Settings(interval=3.0), {"interval": "--interval"}, WORDS, (), prefix="NIMBUS_")
    interval = {view.name: view for view in views}["interval"]
    assert (interval.value, interval.default) == (3.0, 10.0)
    assert (interval.flag, interval.variable, interval.help) == ("--interval", "NIMBUS_INTERVAL", "when")


def test_a_secret_is_masked() -> None:
    given = _Settings(join_password="swordfish")
    views = {v.name: v for v in setting_views(given, {}, WORDS, {"join_password"}, prefix="NIMBUS_")}
    assert views["join_password"].value == MASKED
    assert views["join_password"].default == ""
    assert "swordfish" not in str(views)


def test_every_setting_is_explained_and_what_sounds_like_a_secret_is_one() -> None:
    names = {field.name for field in msgspec.structs.fields(ControlPlaneConfig)}
    assert names <= set(SETTING_WORDS)
    # These name files.
    files = {"tls_key", "master_key_file", "database_password_file"}
    sounds = {
        n
        for n in names
        if any(w in n for w in ("secret", "password", "token", "_key")) and "per_key" not in n
    }
    assert sounds - files == SECRET_SETTINGS
