"""Requests to the REST API: with the token of a session, an API key, or signed with a key pair."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from nimbus.client.addresses import host_and_port, in_words
from nimbus.client.profiles import Profile
from nimbus.client.scopes import takes_workspace
from nimbus.client.sessions import ProfileSession
from nimbus.protocol.errors import EXIT_FAILED, EXIT_FORBIDDEN, EXIT_NOT_FOUND, NimbusError, UsageError
from nimbus.protocol.signing import (
    ACCESS_KEY_HEADER,
    API_KEY_HEADER,
    NONCE_PARAMETER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    sign,
)
from nimbus.protocol.version import VERSION

TIMEOUT_S = 60.0
RECENT = "RECENT_SIGN_IN_REQUIRED"
_EXIT_BY_STATUS = {401: EXIT_FORBIDDEN, 403: EXIT_FORBIDDEN, 404: EXIT_NOT_FOUND}


class ApiError(NimbusError):
    """The control plane refused; `request_id` finds the request in its log."""

    request_id = ""


class Unreachable(NimbusError):
    code = "UNREACHABLE"


class Client:
    """Keeps one connection. Methods raise ApiError or Unreachable. `workspace`: where names are looked up, on
    routes that take one and when the caller names none."""

    def __init__(self, profile: Profile, *, workspace: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self._profile = profile
        self.workspace = workspace
        self._timeout_s = timeout_s
        self._host, self._port = host_and_port(profile.api)
        secrets_given = (profile.access_key, profile.secret_key, profile.api_key)
        if not all(secret.isascii() and secret.isprintable() for secret in secrets_given):
            raise UsageError("the key pair holds characters that no key has", next_step="Copy it again.")
        token = profile.session.access_token if profile.session else ""
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise UsageError("the token holds characters that no token has", next_step="Copy it again.")
        self._session = ProfileSession(profile, profile.session, self._post_bare) if profile.session else None
        self._signs = bool(profile.access_key) and not profile.session and not profile.api_key
        self._connection: http.client.HTTPSConnection | None = None
        # Asks, on a terminal, where a recent sign-in is wanted; True: the request is sent again.
        self.show_again: Callable[[], bool] | None = None

    def get(self, path: str, **query: Any) -> Any:
        """The `data` of the answer."""
        return self.request("GET", path, query=query)["data"]

    def get_all(self, path: str, **query: Any) -> list[Any]:
        """The whole of a collection, page by page."""
        rows: list[Any] = []
        page = 1
        while True:
            answer = self.request("GET", path, query={**query, "page": page, "per_page": 1000})
            rows += answer["data"]
            if not answer["links"]["next"]:
                return rows
            page += 1

    def post(self, path: str, body: Any = None) -> Any:
        return self.request("POST", path, body=body)["data"]

    def patch(self, path: str, body: Any) -> Any:
        return self.request("PATCH", path, body=body)["data"]

    def delete(self, path: str) -> Any:
        return self.request("DELETE", path)["data"]

    def put_bytes(self, path: str, content: bytes, **query: Any) -> Any:
        """The `data` of the answer to bytes that are sent as they are."""
        return self.request("PUT", path, query=query, content=content)["data"]

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The decoded answer, envelope and all. `body` goes as JSON, `content` as it is. `headers`: If-Match,
        Idempotency-Key."""
        given = {key: value for key, value in (query or {}).items() if value is not None}
        if self.workspace and "workspace" not in given and takes_workspace(method, path):
            given["workspace"] = self.workspace
        if self._signs:
            # A signature is accepted once: equal requests within a second have to differ.
            given[NONCE_PARAMETER] = secrets.token_hex(8)
        target = path + (f"?{urlencode(given)}" if given else "")
        if content is not None:
            headers = {"Content-Type": "application/octet-stream", **(headers or {})}
        else:
            content = b"" if body is None else json.dumps(body).encode()
        token = self._session.token() if self._session else ""
        status, answer = self._send(
            method, target, content, {**(headers or {}), **self._credentials(method, target, content, token)}
        )
        if status == 401 and self._session and self._session.refused(token):
            credentials = self._credentials(method, target, content, self._session.token())
            status, answer = self._send(method, target, content, {**(headers or {}), **credentials})
        error = answer.get("error") or {}
        if error.get("code") == RECENT and self.show_again is not None and self.show_again():
            token = self._session.token() if self._session else ""
            credentials = self._credentials(method, target, content, token)
            status, answer = self._send(method, target, content, {**(headers or {}), **credentials})
            error = answer.get("error") or {}
        if status >= 400 or "error" in answer:
            raise _api_error(status, error)
        return answer

    def post_public(self, path: str, body: Any) -> Any:
        """The `data` of a route that wants no credentials: signing in and out."""
        status, answer = self._post_bare(path, body)
        error = answer.get("error") or {}
        if status >= 400 or "error" in answer:
            raise _api_error(status, error)
        return answer["data"]

    def _post_bare(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        return self._send("POST", path, json.dumps(body).encode(), {})

    def _credentials(self, method: str, target: str, body: bytes, token: str) -> dict[str, str]:
        profile = self._profile
        if token:
            return {"Authorization": f"Bearer {token}"}
        if profile.api_key:
            return {API_KEY_HEADER: profile.api_key}
        if not self._signs:
            return {}
        timestamp = str(int(time.time()))
        return {
            ACCESS_KEY_HEADER: profile.access_key,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(profile.secret_key, method, target, timestamp, body),
        }

    def _send(
        self, method: str, target: str, body: bytes, credentials: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"nimbus/{VERSION}",
            **credentials,
        }
        try:
            connection = self._connected()
            connection.request(method, target, body=body or None, headers=headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._unreachable(error) from error
        try:
            answer = json.loads(content) if content else {}
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            answer = {"error": {"code": "INTERNAL", "message": f"unexpected answer (HTTP {response.status})"}}
        return response.status, answer

    def _connected(self) -> http.client.HTTPSConnection:
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout_s, context=self._context()
            )
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def _context(self) -> ssl.SSLContext:
        file = self._profile.ca_file
        if file and not os.path.exists(file):
            raise UsageError(f"the CA file {file} does not exist", next_step="Name it with NIMBUS_CA.")
        try:
            return ssl.create_default_context(cafile=file or None)
        except ssl.SSLError as error:
            raise UsageError(f"the CA file {file} is not a certificate: {error}") from None

    def _unreachable(self, error: Exception) -> NimbusError:
        where = f"{self._host}:{self._port}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return Unreachable(
                f"the certificate of {where} is not trusted: {error.verify_message}",
                next_step="If it has its own CA: `nimbus login --ca-digest SHA256` (see `nimbus ca show` or the "
                "dashboard's settings), or name the CA file with NIMBUS_CA.",
            )
        reason = in_words(error)
        return Unreachable(
            f"the control plane at {where} does not answer: {reason}",
            next_step="Check that it runs (on its host: nimbus doctor), and the address in the profile.",
        )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _api_error(status: int, error: dict[str, Any]) -> ApiError:
    failure = ApiError(
        str(error.get("message", f"HTTP {status}")),
        code=str(error.get("code", "INTERNAL")),
        next_step=str(error.get("next_step", "")),
        details=error.get("details") or [],
        exit_status=_EXIT_BY_STATUS.get(status, EXIT_FAILED),
    )
    failure.request_id = str(error.get("request_id", ""))
    return failure


def segment(reference: str) -> str:
    """A name or id as one segment of a path."""
    return quote(reference, safe="")
