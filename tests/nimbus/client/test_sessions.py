"""The session of a profile: which token goes out, and that a refresh token is spent once."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nimbus.client.profiles import (
    Profile,
    Session,
    load_profile,
    locked,
    profiles_file,
    save_profile,
    set_session,
    stored_session,
)
from nimbus.client.sessions import ProfileSession, SessionEnded, session_of
from nimbus.protocol.errors import NimbusError

LATER = time.time() + 10_000
OLD = Session("access-1", "refresh-1", 0.0, "ada")


class Server:
    """Answers refreshes; each token is good once, as the control plane has it."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.lock = threading.Lock()

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            assert path == "/api/v1/auth/refresh"
            if body["refresh_token"] in self.shown:
                return 401, {"error": {"code": "UNAUTHENTICATED", "message": "used before"}}
            self.shown.append(body["refresh_token"])
            number = len(self.shown) + 1
        data = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 3600}
        return 200, {"data": data}


def stored(folder: Path, session: Session | None = OLD) -> tuple[dict[str, str], Profile]:
    environment = {"XDG_CONFIG_HOME": str(folder)}
    save_profile("default", Profile("https://a:1", ca_file="/ca.crt", session=session), environment)
    return environment, load_profile(None, environment)


def test_a_session_is_kept_in_the_private_file(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        environment, profile = stored(tmp_path)
    finally:
        os.umask(old)
    assert profile.session == OLD
    file = profiles_file(environment)
    modes = {stat.S_IMODE(one.stat().st_mode) for one in file.parent.iterdir()}
    assert modes == {0o600}
    assert "access-1" not in repr(profile)
    assert "refresh-1" not in repr(profile)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, OLD),
        ({"NIMBUS_TOKEN": "t"}, Session("t")),
        ({"NIMBUS_TOKEN": "t", "NIMBUS_ACCESS_KEY": "NK", "NIMBUS_API": "https://b"}, Session("t")),
        ({"NIMBUS_ACCESS_KEY": "NK"}, None),
        ({"NIMBUS_API_KEY": "nbk"}, None),
        ({"NIMBUS_API": "https://a:1"}, OLD),
        # A token goes to nobody but the control plane that gave it.
        ({"NIMBUS_API": "https://evil.example"}, None),
        ({"NIMBUS_CA": "/other"}, OLD),
    ],
)
def test_which_session_counts(tmp_path: Path, variables: dict[str, str], expected: Session | None) -> None:
    environment, _ = stored(tmp_path)
    assert load_profile(None, {**environment, **variables}).session == expected


@pytest.mark.parametrize(
    "content", [[], "x", {"access_token": ""}, {"access_token": "a", "expires_at": "soon"}]
)
def test_a_damaged_session_is_none_or_due(tmp_path: Path, content: Any) -> None:
    environment, _ = stored(tmp_path)
    file = profiles_file(environment)
    profiles = json.loads(file.read_text())
    profiles["default"]["session"] = content
    file.write_text(json.dumps(profiles))
    session = load_profile(None, environment).session
    assert session is None or session.expires_at == 0.0


def test_a_token_that_is_good_for_a_while_goes_out_as_it_is(tmp_path: Path) -> None:
    _, profile = stored(tmp_path, replace(OLD, expires_at=LATER))
    server = Server()
    assert profile.session
    assert ProfileSession(profile, profile.session, server.post).token() == "access-1"
    assert server.shown == []


def test_many_at_once_spend_one_token_once(tmp_path: Path) -> None:
    environment, profile = stored(tmp_path)
    server = Server()
    tokens: list[str] = []
    barrier = threading.Barrier(6)

    def command() -> None:
        assert profile.session
        session = ProfileSession(profile, profile.session, server.post)
        barrier.wait(10)
        tokens.append(session.token())

    threads = [threading.Thread(target=command) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert tokens == ["access-2"] * 6
    assert server.shown == ["refresh-1"]
    after = load_profile(None, environment)
    assert after.session
    assert (after.session.refresh_token, after.session.username) == ("refresh-2", "ada")
    assert (after.api, after.ca_file) == ("https://a:1", "/ca.crt")


def test_a_refused_token_is_renewed_once_and_not_twice(tmp_path: Path) -> None:
    _, profile = stored(tmp_path, replace(OLD, expires_at=LATER))
    server = Server()
    assert profile.session
    session = ProfileSession(profile, profile.session, server.post)
    assert session.refused("access-1")
    assert session.token() == "access-2"
    # Another that still has the old one takes the new one from the file.
    other = ProfileSession(profile, profile.session, server.post)
    assert other.refused("access-1")
    assert other.token() == "access-2"
    assert server.shown == ["refresh-1"]


def test_a_token_of_the_environment_is_not_renewed(tmp_path: Path) -> None:
    environment, _ = stored(tmp_path)
    profile = load_profile(None, {**environment, "NIMBUS_TOKEN": "t"})
    server = Server()
    assert profile.session
    session = ProfileSession(profile, profile.session, server.post)
    assert session.token() == "t"
    assert not session.refused("t")
    assert server.shown == []


def test_what_has_ended_says_what_to_do(tmp_path: Path) -> None:
    environment, profile = stored(tmp_path)
    server = Server()
    server.shown.append("refresh-1")
    assert profile.session
    session = ProfileSession(profile, profile.session, server.post)
    with pytest.raises(SessionEnded, match="used before") as caught:
        session.token()
    assert caught.value.next_step == "Sign in again: nimbus login"
    assert caught.value.exit_status == 3
    with locked(profiles_file(environment)):
        set_session(profiles_file(environment), "default", None)
    with pytest.raises(SessionEnded, match="signed out"):
        session.token()


def test_a_control_plane_in_trouble_costs_no_token(tmp_path: Path) -> None:
    environment, profile = stored(tmp_path)
    assert profile.session

    def busy(_path: str, _body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 503, {"error": {"code": "UNAVAILABLE", "message": "busy", "next_step": "Wait."}}

    session = ProfileSession(profile, profile.session, busy)
    with pytest.raises(NimbusError, match="busy") as caught:
        session.token()
    assert caught.value.code == "UNAVAILABLE"
    assert stored_session(profiles_file(environment), "default") == OLD


def test_what_a_sign_in_answers() -> None:
    found = session_of(
        {"access_token": "a", "refresh_token": None, "expires_in": 60, "user": {"username": "ada"}}
    )
    assert (found.access_token, found.refresh_token, found.username) == ("a", "", "ada")
    assert 50 < found.expires_at - time.time() <= 60
