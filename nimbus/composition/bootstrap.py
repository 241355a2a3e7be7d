"""The first administrator, made directly in the data directory: whoever may write there is trusted with it.

Works before the first start and while the control plane runs: SQLite lets two processes write in turn.
"""

from __future__ import annotations

import time

import msgspec

from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.db.engine import engine_of
from nimbus.kernel.clock import Clock, SystemClock
from nimbus.kernel.errors import Unavailable
from nimbus.people.identity.first_run import issue
from nimbus.people.identity.service import Identity
from nimbus.people.keys.making import first_key
from nimbus.people.keys.records import NewKey
from nimbus.records.audit.service import AuditLog
from nimbus.records.event_log.recorder import record_changes
from nimbus.settings.addresses import is_wildcard, listen_address, public_url, url
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory, DataDirectoryBusy, open_data_directory
from nimbus.trust.pki import authority
from nimbus.trust.secrets.opening import open_keyring

FIRST_START_S = 10.0
SETUP_PATH = "/setup"


class Bootstrapped(msgspec.Struct, frozen=True):
    """The key pair, shown once, and where to use it."""

    access_key: str
    secret_key: str
    api: str
    ca_file: str

    def __repr__(self) -> str:
        return f"Bootstrapped({self.access_key!r}, api={self.api!r})"


def bootstrap(config: ControlPlaneConfig, *, new_key: bool) -> Bootstrapped:
    """Raises Conflict when there is an administrator and no new key is wanted."""
    clock = SystemClock()
    directory = open_data_directory(config.data_dir)
    _make_ready(directory, clock)
    ca = authority.load_or_create(directory.pki, clock.now())
    pair = write_once(
        directory.database,
        lambda tx: _first_key(tx, clock, config, directory, new_key),
        before_commit=record_changes,
    )
    directory.forget_setup_token()
    assert pair.secret_key is not None
    return Bootstrapped(pair.access_key, pair.secret_key, _api(config, directory), str(ca.ca_file))


class SetupOffer(msgspec.Struct, frozen=True):
    """A token for the first sign-in in a browser, shown once, and where to take it."""

    token: str
    url: str

    def __repr__(self) -> str:
        return f"SetupOffer({self.url!r})"


def offer_setup(config: ControlPlaneConfig) -> SetupOffer:
    """In place of the token before. Raises Conflict when there is an administrator."""
    clock = SystemClock()
    directory = open_data_directory(config.data_dir)
    _make_ready(directory, clock)
    token = write_once(directory.database, lambda tx: issue(tx, clock.now()))
    directory.forget_setup_token()
    running = directory.last_running()
    base = running.public_url if running else ""
    return SetupOffer(token, (base or public_url(config)) + SETUP_PATH)


def _first_key(
    tx: Transaction, clock: Clock, config: ControlPlaneConfig, directory: DataDirectory, new_key: bool
) -> NewKey:
    """In one transaction: an administrator without a key could not sign in, and the master key could be another
    one before it."""
    sealer = open_keyring(tx, SEALED_COLUMNS, directory.master_key, config.master_key_file)
    audit = AuditLog(clock, sealer)
    user = Identity(clock, audit, sealer).bootstrap(tx, new_key=new_key)
    return first_key(tx, audit, sealer, clock.now(), user.id)


def _make_ready(directory: DataDirectory, clock: Clock) -> None:
    """Schema and CA are there afterwards: made here, or by whoever holds the directory."""
    deadline = time.monotonic() + FIRST_START_S
    while True:
        try:
            with directory.lock():
                engine_of(directory.database).migrate(clock)
                authority.load_or_create(directory.pki, clock.now())
            return
        except DataDirectoryBusy:
            # A control plane that has served from here has done both. Else it is in its first start.
            if directory.last_running() is not None:
                return
            if time.monotonic() > deadline:
                raise Unavailable(
                    "the control plane on this directory does not finish its first start",
                    next_step="Look at its log, then try again.",
                ) from None
        time.sleep(0.05)


def _api(config: ControlPlaneConfig, directory: DataDirectory) -> str:
    running = directory.last_running()
    if running:
        return running.api
    host, port = listen_address(config)
    return url("127.0.0.1" if is_wildcard(host) else host, port)
