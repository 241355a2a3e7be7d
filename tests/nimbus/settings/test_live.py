"""Which settings the database may decide, and what holds when several sources speak."""

from __future__ import annotations

import logging

import msgspec
import pytest

from nimbus.appliance.records import SettingsPatch
from nimbus.protocol.errors import UsageError
from nimbus.settings.areas import AREAS, PLACES
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.live import CHANGEABLE, LiveSettings
from nimbus.settings.words import SECRET_SETTINGS


def live(sources: dict[str, str] | None = None, **values: object) -> LiveSettings:
    config = ControlPlaneConfig(data_dir="/data", **values)  # type: ignore[arg-type]
    return LiveSettings(config, sources or {})


@pytest.mark.parametrize("source", ["/etc/nimbus/nimbus.toml", "$NIMBUS_BACKUPS_KEPT", "--backups-kept"])
def test_file_variable_and_flag_stand_above_the_database_and_the_database_above_the_default(
    source: str,
) -> None:
    fixed = live({"backups_kept": source}, backups_kept=7)
    fixed.take({"backups_kept": 9, "audit_retention_days": 30})
    assert (fixed.current.backups_kept, fixed.current.audit_retention_days) == (7, 30)
    assert (fixed.fixed_by("backups_kept"), fixed.fixed_by("audit_retention_days")) == (source, "")
    fixed.take({})
    assert fixed.current == fixed.started


def test_followers_hear_of_what_has_changed_and_of_nothing_else() -> None:
    settings, heard = live(), []
    settings.follow(lambda config: heard.append(config.log_level))
    settings.take({"log_level": "debug"})
    settings.take({"log_level": "debug"})
    settings.take({})
    assert heard == ["info", "debug", "info"]


def test_what_an_older_or_newer_version_has_stored_and_cannot_hold_is_passed_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = live()
    with caplog.at_level(logging.WARNING):
        settings.take(
            {"listen": "0.0.0.0:1", "display_color": "plaid", "backups_kept": -1, "audit_retention_days": 8}
        )
    assert settings.current == msgspec.structs.replace(settings.started, audit_retention_days=8)
    assert len(caplog.records) == 3


def test_values_are_checked_as_at_a_start() -> None:
    for stored in ({"artifact_quota_gib": -1.0}, {"display_name": " x"}, {"display_name": "x" * 41}):
        with pytest.raises(UsageError, match=next(iter(stored))):
            live().with_stored(stored)


def test_every_setting_has_a_place_and_every_change_a_setting_that_is_no_secret() -> None:
    names = {field.name for field in msgspec.structs.fields(ControlPlaneConfig)}
    assert set(PLACES) == names
    assert len(PLACES) == sum(len(titles) for titles in AREAS.values())
    assert set(SettingsPatch.__struct_fields__) - {"confirm"} == set(CHANGEABLE) <= names - SECRET_SETTINGS
