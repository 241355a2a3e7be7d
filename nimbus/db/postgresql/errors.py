"""What PostgreSQL's errors mean. No message of ours has a password in it, and none of the server's has."""

from __future__ import annotations

import psycopg
from psycopg import errors

from nimbus.kernel.errors import Conflict, StorageFull, Unavailable
from nimbus.protocol.errors import NimbusError

_DISK_FULL, _READ_ONLY, _NO_RIGHT = "53100", "25006", "42501"
_AGAIN = "Try again in a moment."
# A writer that hung in its transaction; damage.
_OF_STORE = ("25P03", "XX")
# Two transactions that waited for each other, or changed the same.
_COLLIDED = {"40001", "40P01", "55P03"}
# What the server says when it refuses a connection: libpq gives no code for these, only the sentence.
_REFUSALS = (
    (
        ("password authentication failed", "no password supplied"),
        "the database server does not take the password",
        "Correct it in the setting `database`, in the file of `database_password_file`, or in PGPASSFILE.",
    ),
    (
        ("no pg_hba.conf entry", "Peer authentication failed", "Ident authentication failed"),
        "the database server does not let this user in from here",
        "Allow user, database and address in its pg_hba.conf, then reload the server.",
    ),
    (
        ("role ",),
        "the database server does not know this user",
        "Create it: CREATE ROLE name LOGIN PASSWORD '...';",
    ),
    (
        ("database ",),
        "the database does not exist",
        "Create it: CREATE DATABASE name OWNER user ENCODING 'UTF8' TEMPLATE template0;",
    ),
    (
        ("too many clients", "remaining connection slots", "too many connections"),
        "the database server has no connection left",
        "Raise its max_connections, or end what holds them: a control plane needs seven.",
    ),
    (
        ("starting up", "shutting down", "not yet accepting connections", "recovery mode"),
        "the database server is starting or stopping",
        _AGAIN,
    ),
    (
        ("server does not support SSL", "certificate verify failed", "SSL error", "root certificate"),
        "the connection to the database server cannot be secured",
        "Compare sslmode and sslrootcert of the setting `database` with the server's certificate.",
    ),
)


def refusal(error: psycopg.Error, place: str) -> Unavailable:
    """Why there is no connection."""
    said = first_line(error)
    for signs, meaning, next_step in _REFUSALS:
        if any(_is_said(sign, said) for sign in signs):
            return Unavailable(f"{meaning} ({place}): {said}", next_step=next_step)
    return Unavailable(
        f"the database server does not answer ({place}): {said}",
        next_step="Start PostgreSQL, or correct the setting `database`; the control plane comes back by itself.",
    )


def _is_said(sign: str, said: str) -> bool:
    if sign in ("role ", "database "):
        return f'{sign}"' in said and "does not exist" in said
    return sign in said


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def lost(place: str) -> Unavailable:
    return Unavailable(
        f"the connection to the database has ended ({place}): nothing was changed", next_step=_AGAIN
    )


def is_of_store(error: BaseException) -> bool:
    """Server away, disk full, cancelled, damaged: another time it may."""
    code = getattr(error, "sqlstate", None) or ""
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or code.startswith(_OF_STORE)


def in_words(error: Exception, place: str) -> Exception:
    """PostgreSQL's errors in the words of the API; any other error as it is."""
    words = _words(error, place)
    if words is not None:
        words.__cause__ = error
    return words or error


def _words(error: Exception, place: str) -> NimbusError | None:
    if isinstance(error, psycopg.IntegrityError):
        return Conflict("the change contradicts what is stored")
    code = getattr(error, "sqlstate", None)
    if code == _DISK_FULL:
        return StorageFull(
            "the disk of the database server is full: nothing was written",
            next_step="Free space there, then try again.",
        )
    if code == _READ_ONLY:
        return Unavailable(
            f"the database only reads ({place}): it is a standby, or was set to read only",
            next_step="Name the server that writes in the setting `database`, or promote this one.",
        )
    if code == _NO_RIGHT:
        return Unavailable(
            f"the database user has not the right to do this ({place}): {first_line(error)}",
            next_step="Make it the owner of the database and of all tables in it.",
        )
    if code in _COLLIDED:
        return Unavailable("another change in the database is in the way of this one", next_step=_AGAIN)
    if isinstance(error, errors.OutOfMemory | errors.TooManyConnections | errors.ConfigurationLimitExceeded):
        return Unavailable(f"the database server is at its limits: {first_line(error)}", next_step=_AGAIN)
    if is_of_store(error):
        return lost(place)
    return None
