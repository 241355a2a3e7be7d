"""How settings are shown."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from nimbus.appliance.records import Origin, StoredSetting
from nimbus.appliance.rules import MASKED, consequences, origin_of, setting_views, too_low
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
    # These name files, and an account.
    files = {"tls_key", "master_key_file", "database_password_file", "acme_eab_key_file", "acme_eab_key_id"}
    sounds = {
        n
        for n in names
        if any(w in n for w in ("secret", "password", "token", "_key")) and "per_key" not in n
    }
    assert sounds - files == SECRET_SETTINGS


def test_a_value_of_the_database_is_one_with_its_author() -> None:
    stored = {"interval": StoredSetting("interval", 3.0, 0, "ada")}
    views = setting_views(_Settings(interval=3.0), {}, WORDS, (), prefix="NIMBUS_", stored=stored)
    view = {each.name: each for each in views}["interval"]
    assert (view.origin, view.source, view.changed_by) == (Origin.DATABASE, "database", "ada")
    fixed = setting_views(_Settings(), {"interval": "--interval"}, WORDS, (), prefix="NIMBUS_", stored=stored)
    assert {each.name: each.origin for each in fixed}["interval"] is Origin.FLAG


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ({}, {"audit_retention_days": 30}, {"audit_retention_days"}),
        ({"audit_retention_days": 30}, {"audit_retention_days": 0}, set()),
        ({"backups_kept": 0}, {"backups_kept": 3}, {"backups_kept"}),
        ({}, {"event_retention_hours": 1.0, "task_retention_days": 91}, {"event_retention_hours"}),
        ({"enrolment": "approve"}, {"enrolment": "auto"}, {"enrolment"}),
        ({}, {"enrolment": "approve", "display_name": "x"}, set()),
        ({}, {"rate_limit_per_key": 0.0}, {"rate_limit_per_key"}),
    ],
)
def test_what_deletes_or_allows_more_is_named(
    before: dict[str, Any], after: dict[str, Any], named: set[str]
) -> None:
    present = msgspec.structs.replace(ControlPlaneConfig(data_dir="/data"), **before)
    assert set(consequences(present, msgspec.structs.replace(present, **after))) == named


def test_no_limit_keeps_out_those_who_could_raise_it_again() -> None:
    assert too_low("rate_limit_per_address", 1.0)
    assert not too_low("rate_limit_per_address", 0.0)
    assert not too_low("rate_limit_per_key", 10.0)
    assert not too_low("backups_kept", 1)
