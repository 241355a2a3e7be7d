"""The setting `database`: a URL of PostgreSQL, with its password, and without it for whatever is shown."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from nimbus.protocol.errors import UsageError

_SECRET_PARAMETERS = {"password", "sslpassword"}
_SCHEME = re.compile(r"(?:postgresql|postgres)://", re.ASCII)


def check_database_url(url: str) -> None:
    """Raises UsageError, without a word of the URL: it may have a password."""
    if not _SCHEME.match(url):
        raise UsageError(
            "database is no URL of a database that Nimbus can use",
            next_step="Write postgresql://USER@HOST/NAME, or leave it empty for the SQLite file.",
        )
    if not _is_clear(url):
        raise UsageError(
            "database is no URL that can be read",
            next_step="Write postgresql://USER@HOST:PORT/NAME; special characters of a password as %XX.",
        )


def _is_clear(url: str) -> bool:
    """No character stands where it would mean something else than was meant: a password with / @ ? or # in it would
    be cut into a host and a path, and shown."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    rest = parts.path + parts.query + parts.fragment
    return (port is None or port > 0) and parts.netloc.count("@") <= 1 and "@" not in rest and "#" not in url


def check_password(url: str, password_file: str) -> None:
    """That it is given once. Raises UsageError."""
    if password_file and not url:
        raise UsageError("database_password_file needs database", next_step="Set database to a URL.")
    if password_file and has_password(url):
        raise UsageError(
            "database has a password, and database_password_file names another one",
            next_step="Leave one of the two away.",
        )


def without_password(url: str) -> str:
    """For messages, the log, the page of settings. Of what cannot be read only the scheme."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        query = [(name, value) for name, value in parse_qsl(parts.query) if not _is_secret(name)]
    except ValueError:
        return "postgresql://..."
    user, at, host = parts.netloc.rpartition("@")
    shown = user.partition(":")[0] + at + host
    return urlunsplit((parts.scheme, shown, parts.path, urlencode(query, safe="/"), ""))


def has_password(url: str) -> bool:
    parts = urlsplit(url)
    front = parts.netloc.rpartition("@")[0]
    return ":" in front or any(_is_secret(name) for name, _ in parse_qsl(parts.query))


def _is_secret(parameter: str) -> bool:
    return parameter.lower() in _SECRET_PARAMETERS


def with_password_of(url: str, password_file: str) -> str:
    """The URL with the password that the file holds. Raises UsageError."""
    if not password_file:
        return url
    try:
        password = Path(password_file).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(
            f"the file {password_file} (database_password_file) cannot be read: {reason}"
        ) from None
    if not password:
        raise UsageError(f"the file {password_file} (database_password_file) is empty")
    parts = urlsplit(url)
    query = "&".join([*([parts.query] if parts.query else []), "password=" + quote(password, safe="")])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
