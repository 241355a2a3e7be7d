"""The door to what a control plane says of itself."""

from __future__ import annotations

import platform
import sqlite3
import ssl
import sys
from pathlib import Path

from nimbus.appliance import store
from nimbus.appliance.records import (
    ApplianceView,
    AuthorityView,
    BackupView,
    CertificateView,
    DatabaseView,
    RetentionView,
    VersionsView,
)
from nimbus.appliance.retention import Retention
from nimbus.appliance.settings import ChangingSettings
from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, from_seconds, to_rfc3339
from nimbus.kernel.errors import Unavailable
from nimbus.protocol.version import PROTOCOL_VERSION, VERSION
from nimbus.settings.data_directory import DataDirectory
from nimbus.trust.pki.description import Description, describe_all

CA_PATH = "/v1/ca"


class Appliance:
    """`certificate_file` is what the API serves."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: ChangingSettings,
        directory: DataDirectory,
        ca_file: Path,
        certificate_file: Path,
        retention: Retention,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._directory = directory
        self._certificate_file = certificate_file
        self._ca_file = ca_file
        self._retention = retention
        self._started_at, self._began = clock.now(), clock.monotonic()

    async def show(self, actor: Actor) -> ApplianceView:
        actor.require_everywhere(Permission.SETTINGS_READ)
        kept = await self._retention.views()
        return await self._database.read(lambda tx: self._view(tx, kept))

    def _view(self, tx: Transaction, kept: tuple[RetentionView, ...]) -> ApplianceView:
        """On a reader's thread: it also looks at files."""
        ca, *before = _certificates(self._ca_file)
        return ApplianceView(
            settings=self._settings.views(tx),
            versions=versions(),
            server_certificate=_certificate_view(_certificates(self._certificate_file)[0]),
            authority=AuthorityView(
                subject=ca.subject,
                not_after=to_rfc3339(ca.not_after),
                fingerprint=ca.fingerprint,
                previous_fingerprint=before[0].fingerprint if before else None,
                ca_path=CA_PATH,
            ),
            database=self._database_view(tx),
            retention=kept,
            started_at=to_rfc3339(self._started_at),
            uptime_s=int(self._clock.monotonic() - self._began),
        )

    def certificate_ends(self) -> dict[str, int]:
        """When the authority's certificate and the API's end. Looks at files: for a thread."""
        files = {"authority": self._ca_file, "api": self._certificate_file}
        return {name: _certificates(file)[0].not_after for name, file in files.items()}

    def _database_view(self, tx: Transaction) -> DatabaseView:
        version, applied_at = store.newest_migration(tx)
        return DatabaseView(
            file=self._database.place,
            size_bytes=tx.size_bytes(),
            schema_version=version,
            migrated_at=to_rfc3339(applied_at),
            backups=_backups(self._directory.backups),
        )


def versions() -> VersionsView:
    return VersionsView(
        nimbus=VERSION,
        # What build.py writes into the executable's own start-up package (nimbus/zipapp/settings.py).
        build=getattr(sys.modules.get("_bootstrap.settings"), "BUILD", None),
        protocol=PROTOCOL_VERSION,
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        openssl=ssl.OPENSSL_VERSION,
        platform=platform.platform(),
    )


def _certificates(file: Path) -> list[Description]:
    try:
        return describe_all(file)
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"the certificate {file} cannot be read: {error}", next_step="Put it back, then try again."
        ) from None


def _certificate_view(description: Description) -> CertificateView:
    return CertificateView(
        subject=description.subject,
        issuer=description.issuer,
        names=description.names,
        serial=description.serial,
        not_before=to_rfc3339(description.not_before),
        not_after=to_rfc3339(description.not_after),
        fingerprint=description.fingerprint,
    )


def _backups(folder: Path) -> tuple[BackupView, ...]:
    """Newest first."""
    if not folder.is_dir():
        return ()
    files = [(file.stat(), file) for file in folder.glob("*.db")]
    files.sort(key=lambda entry: entry[0].st_mtime, reverse=True)
    return tuple(
        BackupView(
            file=str(file), size_bytes=facts.st_size, modified_at=to_rfc3339(from_seconds(facts.st_mtime))
        )
        for facts, file in files
    )
