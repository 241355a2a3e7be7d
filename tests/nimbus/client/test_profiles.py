from __future__ import annotations

import os
from pathlib import Path

import pytest

from nimbus.client.profiles import (
    Profile,
    Session,
    check_replaceable,
    free_profile_name,
    free_session_name,
    load_profile,
    save_profile,
)
from nimbus.protocol.errors import EXIT_FORBIDDEN, NimbusError, UsageError

PROFILE = Profile("https://a:1", "NK1", "secret!", "/ca.crt")


def test_profiles_are_kept_apart_in_a_private_file(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    old = os.umask(0)
    try:
        file = save_profile("default", PROFILE, environment)
        save_profile("other", Profile("https://b:2"), environment)
    finally:
        os.umask(old)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert load_profile(None, environment) == PROFILE
    assert load_profile("other", environment) == Profile("https://b:2")
    assert load_profile(None, {**environment, "NIMBUS_PROFILE": "other"}).api == "https://b:2"
    assert load_profile("default", {**environment, "NIMBUS_PROFILE": "other"}) == PROFILE
    assert "secret!" not in repr(PROFILE)


def test_variables_are_laid_over(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    save_profile("default", PROFILE, environment)
    laid_over = {
        "NIMBUS_API": "https://c",
        "NIMBUS_SECRET_KEY": "s",
        "NIMBUS_CA": "",
        "NIMBUS_ACCESS_KEY": "NK2",
    }
    assert load_profile(None, {**environment, **laid_over}) == Profile("https://c", "NK2", "s", "/ca.crt")
    bare = {"XDG_CONFIG_HOME": str(tmp_path / "none"), "NIMBUS_API": "https://c"}
    assert load_profile(None, bare) == Profile("https://c")


def test_no_profile_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NimbusError) as caught:
        load_profile("gone", {"XDG_CONFIG_HOME": str(tmp_path)})
    assert caught.value.exit_status == EXIT_FORBIDDEN
    assert "nimbus login --api" in caught.value.next_step


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", b"\x00"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "nimbus").mkdir()
    (tmp_path / "nimbus" / "profiles.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"profiles\.json"):
        load_profile(None, {"XDG_CONFIG_HOME": str(tmp_path)})


@pytest.mark.parametrize("content", ["[]", '{"default": "x"}', '{"default": null}', "3"])
def test_a_file_of_another_form_holds_no_profile(tmp_path: Path, content: str) -> None:
    (tmp_path / "nimbus").mkdir()
    (tmp_path / "nimbus" / "profiles.json").write_text(content)
    with pytest.raises(NimbusError, match="no profile"):
        load_profile(None, {"XDG_CONFIG_HOME": str(tmp_path)})


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NimbusError, match="cannot be"):
        save_profile("default", PROFILE, {"XDG_CONFIG_HOME": str(tmp_path / "file")})


def test_a_key_of_another_control_plane_is_not_replaced(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    save_profile("default", Profile("https://a:8443", "NKA", "secret"), environment)
    assert free_profile_name("default", environment, "https://a:8443") == "default"
    assert free_profile_name("default", environment, "https://b:8443") == "default-2"
    save_profile("default-2", Profile("https://c:8443", api_key="nbk_1_x"), environment)
    assert free_profile_name("default", environment, "https://b:8443") == "default-3"
    assert free_session_name("default", environment, "https://a:8443") == "default-3"
    save_profile("ada", Profile("https://a:8443", session=Session("token")), environment)
    assert free_session_name("ada", environment, "https://a:8443") == "ada"
    assert free_session_name("ada", environment, "https://b:8443") == "ada-2"
    check_replaceable("default", environment, access_key="NKA")
    check_replaceable("default-2", environment, access_key="nbk_1")
    check_replaceable("unknown", environment)
    save_profile("session", Profile("https://a:8443", session=Session("token")), environment)
    check_replaceable("session", environment)
    for name, access_key in (
        ("default", ""),
        ("default", "NKB"),
        ("default-2", "nbk_"),
        ("default-2", "NKA"),
    ):
        with pytest.raises(UsageError, match="only copy"):
            check_replaceable(name, environment, access_key=access_key)
