"""What lies in the data directory."""

from __future__ import annotations

import os
import pwd
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from nimbus.composition.checkup import rules
from nimbus.db.sqlite.examine import examine
from nimbus.db.sqlite.migrate import migrations
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.protocol.checkup import rules as shared
from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.checkup.rights import rights
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import free_bytes
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory
from nimbus.trust.pki.description import describe_all

_RENEWED = "Restart the control plane: it renews its certificate by itself."
_GIVEN = "Put a new certificate into the files of tls_cert and tls_key, then restart the control plane."


def stored(config: ControlPlaneConfig, directory: DataDirectory, clock: Clock) -> Iterator[Finding]:
    now = to_seconds(clock.now())
    try:
        owner = directory.root.stat().st_uid
        list(directory.root.iterdir())
    except FileNotFoundError:
        yield Finding(
            False,
            "directory",
            f"there is no data directory {directory.root}",
            "Start the control plane once, or name its directory with --data-dir.",
        )
        return
    except OSError as error:
        yield Finding(
            False,
            "directory",
            f"the data directory {directory.root} cannot be read: {error.strerror}",
            "Run nimbus doctor with sudo, or as the user of the service.",
        )
        return
    yield Finding(True, "directory", f"the data directory is {directory.root}, of user {_user(owner)}")
    yield from _permissions(directory, owner)
    yield from _database(config, directory)
    yield from _master_key(config, directory)
    yield from _certificates(config, directory, now)
    yield rules.of_backups(_newest(directory.backups), now)


def _permissions(directory: DataDirectory, owner: int) -> Iterator[Finding]:
    def of_foreign(file: Path, user: int) -> Finding:
        return Finding(
            False,
            "permissions",
            f"{file} belongs to user {_user(user)}, the data directory to {_user(owner)}",
            f"Run: chown -R {_user(owner)} {directory.root}",
        )

    secrets = (directory.master_key, directory.pki / "ca.key", directory.pki / "api.key", directory.database)
    yield from rights(directory.root, secrets, of_foreign)
    if not os.access(directory.root, os.W_OK):
        yield Finding(
            None if os.geteuid() != owner else False,
            "permissions",
            f"{directory.root} cannot be written by this user or its disk is read-only",
            "Run nimbus doctor with sudo. If it stays, mount the disk writable.",
        )


def _database(config: ControlPlaneConfig, directory: DataDirectory) -> Iterator[Finding]:
    size = directory.database.stat().st_size if directory.database.exists() else 0
    try:
        yield rules.of_space(str(directory.root), free_bytes(directory.root), size)
    except OSError as error:
        yield Finding(None, "disk", f"the free space is not known: {error.strerror}")
    if config.database:
        yield from _postgresql(config, directory)
    elif not size:
        yield Finding(
            False,
            "database",
            f"there is no database {directory.database}",
            "If there was one, mount its disk. Otherwise start the control plane once.",
        )
    else:
        yield from _sqlite(directory.database)


def _sqlite(file: Path) -> Iterator[Finding]:
    try:
        seen = examine(file)
    except sqlite3.Error as error:
        yield Finding(
            None,
            "database",
            f"{file} cannot be looked at: {error}",
            "Run nimbus doctor with sudo, while the control plane runs.",
        )
        return
    if seen.damage:
        yield rules.of_damage(seen.damage)
        return
    how = "every page is readable" if seen.checked else "too large to check every page"
    yield Finding(True, "database", f"{file} ({file.stat().st_size / shared.MIB:,.1f} MiB): {how}")
    yield rules.of_schema(seen.version, migrations()[-1].version)


def _postgresql(config: ControlPlaneConfig, directory: DataDirectory) -> Iterator[Finding]:
    from nimbus.db.engine import engine_of

    try:
        engine = engine_of(directory.database_location(config.database, config.database_password_file))
        session = engine.read_session(5.0)
        try:
            with session.snapshot():
                session.run("SELECT 1", ()).fetchone()
        finally:
            session.close()
    except NimbusError as error:
        yield Finding(False, "database", error.message, error.next_step)
    else:
        yield Finding(True, "database", f"{engine.place} answers")


def _master_key(config: ControlPlaneConfig, directory: DataDirectory) -> Iterator[Finding]:
    file = Path(config.master_key_file) if config.master_key_file else directory.master_key
    if file.is_file():
        yield Finding(True, "master key", f"{file}; keep a copy of it apart from the database")
    else:
        yield Finding(
            False,
            "master key",
            f"there is no {file}: secrets cannot be read without it",
            "Restore the file from its backup.",
        )


def _certificates(config: ControlPlaneConfig, directory: DataDirectory, now: float) -> Iterator[Finding]:
    served = Path(config.tls_cert) if config.tls_cert else directory.pki / "api.crt"
    renew = _GIVEN if config.tls_cert else _RENEWED
    for what, file, warn_s, step in (
        ("the certificate of the API", served, shared.CERTIFICATE_ENDS_S, renew),
        (
            "the certificate authority",
            directory.pki / "ca.crt",
            rules.AUTHORITY_ENDS_S,
            "Run: nimbus ca rotate",
        ),
    ):
        try:
            first = describe_all(file)[0]
        except FileNotFoundError:
            yield _no_certificate(what, file, is_made=not config.tls_cert and file.name == "api.crt")
            continue
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            yield Finding(
                False, "certificate", f"{what} {file} cannot be read: {reason}", "Restore the file."
            )
            continue
        begins, ends = to_seconds(first.not_before), to_seconds(first.not_after)
        yield shared.of_certificate(what, begins, ends, now, warn_s=warn_s, renew=step)


def _no_certificate(what: str, file: Path, *, is_made: bool) -> Finding:
    if is_made:
        return Finding(
            None, "certificate", f"there is no {file} yet: the control plane makes it when it starts"
        )
    return Finding(False, "certificate", f"there is no {file}: {what} is missing", "Restore the file.")


def _newest(folder: Path) -> float | None:
    try:
        return max((file.stat().st_mtime for file in folder.glob("*.db")), default=None)
    except OSError:
        return None


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
