"""The session of a profile: which token a request carries, and how the next one is fetched.

A refresh token is good once, and showing it again ends the session. So only one process at a time refreshes a
profile: under the file's lock it looks first whether another has done it meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nimbus.client.profiles import Profile, Session, locked, set_session, stored_session
from nimbus.protocol.errors import EXIT_FORBIDDEN, NimbusError

# Before it expires: the request takes a while too, and clocks differ.
REFRESH_BEFORE_S = 60.0
REFRESH_PATH = "/api/v1/auth/refresh"
# (status, decoded answer) of a POST that carries no credentials.
Post = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]


class SessionEnded(NimbusError):
    code = "UNAUTHENTICATED"
    exit_status = EXIT_FORBIDDEN


class ProfileSession:
    """`post` sends to the control plane of the profile."""

    def __init__(self, profile: Profile, session: Session, post: Post) -> None:
        self._profile = profile
        self._session = session
        self._post = post

    def token(self) -> str:
        """A token that is good for a while. Raises SessionEnded."""
        if self._session.refresh_token and time.time() >= self._session.expires_at - REFRESH_BEFORE_S:
            self._refresh()
        return self._session.access_token

    def refused(self, token: str) -> bool:
        """The control plane did not take `token`: whether there is another now. Raises SessionEnded."""
        if not self._session.refresh_token:
            return False
        if self._session.access_token == token:
            self._refresh()
        return True

    def _refresh(self) -> None:
        file, name = self._profile.file, self._profile.name
        if file is None:
            self._session = self._fetched(self._session)
            return
        with locked(file):
            stored = stored_session(file, name)
            if stored is None:
                raise ended("you have signed out")
            if stored.access_token == self._session.access_token:
                stored = self._fetched(stored)
                set_session(file, name, stored)
            self._session = stored

    def _fetched(self, session: Session) -> Session:
        status, answer = self._post(REFRESH_PATH, {"refresh_token": session.refresh_token})
        if status == 401:
            raise ended(str((answer.get("error") or {}).get("message", "the session has ended")))
        data = answer.get("data")
        if status >= 400 or not isinstance(data, dict):
            error = answer.get("error") or {}
            raise NimbusError(
                f"the session cannot be renewed: {error.get('message', f'HTTP {status}')}",
                code=str(error.get("code", "INTERNAL")),
                next_step=str(error.get("next_step", "")),
            )
        return replace(session_of(data), username=session.username)


def session_of(data: dict[str, Any]) -> Session:
    """What a sign-in or a refresh answered."""
    return Session(
        access_token=str(data["access_token"]),
        refresh_token=str(data.get("refresh_token") or ""),
        expires_at=time.time() + float(data["expires_in"]),
        username=str((data.get("user") or {}).get("username", "")),
    )


def ended(message: str) -> SessionEnded:
    return SessionEnded(message, next_step="Sign in again: nimbus login")
