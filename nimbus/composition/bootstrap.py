"""The first administrator, made on the control plane's host: whoever may write to the data directory is trusted
with it. The control plane that runs on the directory does it; before the first start, this program in its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from nimbus.composition.foundation import Foundation
from nimbus.composition.held_directory import held
from nimbus.composition.local_control import LocalRequest, Verb, ask_locally
from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.db.engine import engine_of
from nimbus.db.port import Location
from nimbus.fleet.nodes.credentials.store import has_certificates
from nimbus.kernel.clock import Clock, SystemClock
from nimbus.kernel.errors import Unavailable
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity.first_run import issue
from nimbus.people.identity.service import Identity
from nimbus.people.keys.making import first_key
from nimbus.records.audit.service import AuditLog
from nimbus.records.event_log.recorder import record_changes
from nimbus.settings.addresses import is_wildcard, listen_address, public_url, url
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory, DataDirectoryBusy, open_data_directory
from nimbus.trust.pki import authority
from nimbus.trust.secrets.opening import open_keyring

FIRST_START_S = 10.0
BOOTSTRAP, SETUP_TOKEN = "bootstrap", "setup-token"
T = TypeVar("T")
SETUP_PATH = "/setup"


class Bootstrapped(msgspec.Struct, frozen=True):
    """The key pair, shown once, and where to use it."""

    access_key: str
    secret_key: str
    api: str
    ca_file: str

    def __repr__(self) -> str:
        return f"Bootstrapped({self.access_key!r}, api={self.api!r})"


class _KeyPair(msgspec.Struct, frozen=True):
    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return f"_KeyPair({self.access_key!r})"


class _Token(msgspec.Struct, frozen=True):
    token: str

    def __repr__(self) -> str:
        return "_Token()"


class _KeyRequest(msgspec.Struct, frozen=True):
    new_key: bool = False


def bootstrap(config: ControlPlaneConfig, *, new_key: bool) -> Bootstrapped:
    """Raises Conflict when there is an administrator and no new key is wanted."""
    clock = SystemClock()
    directory = open_data_directory(config.data_dir)
    location = directory.database_location(config.database, config.database_password_file)

    def make() -> _KeyPair:
        def write(tx: Transaction) -> _KeyPair:
            # In one transaction: an administrator without a key could not sign in, and the master key could be
            # another one before it.
            sealer = open_keyring(tx, SEALED_COLUMNS, directory.master_key, config.master_key_file)
            return _first_key(tx, clock, AuditLog(clock, sealer), sealer, new_key)

        return write_once(location, write, before_commit=record_changes)

    request = LocalRequest(BOOTSTRAP, msgspec.to_builtins(_KeyRequest(new_key)))
    pair = _by_who_serves(directory, location, clock, request, make, _KeyPair)
    directory.forget_setup_token()
    ca = authority.load_or_create(directory.pki, clock.now())
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
    location = directory.database_location(config.database, config.database_password_file)

    def make() -> _Token:
        return _Token(write_once(location, lambda tx: issue(tx, clock.now())))

    offer = _by_who_serves(directory, location, clock, LocalRequest(SETUP_TOKEN), make, _Token)
    directory.forget_setup_token()
    running = directory.last_running()
    base = running.public_url if running else ""
    return SetupOffer(offer.token, (base or public_url(config)) + SETUP_PATH)


def local_verbs(foundation: Foundation) -> dict[str, Verb]:
    """What the control plane that runs does for these commands."""
    database, clock = foundation.database, foundation.clock

    async def make_key(parameters: dict[str, Any]) -> _KeyPair:
        request = msgspec.convert(parameters, _KeyRequest)
        return await database.write(
            lambda tx: _first_key(tx, clock, foundation.audit, foundation.sealer, request.new_key)
        )

    async def make_token(_parameters: dict[str, Any]) -> _Token:
        return _Token(await database.write(lambda tx: issue(tx, clock.now())))

    return {BOOTSTRAP: make_key, SETUP_TOKEN: make_token}


def _first_key(tx: Transaction, clock: Clock, audit: AuditLog, sealer: Sealer, new_key: bool) -> _KeyPair:
    user = Identity(clock, audit, sealer).bootstrap(tx, new_key=new_key)
    pair = first_key(tx, audit, sealer, clock.now(), user.id)
    assert pair.secret_key is not None
    return _KeyPair(pair.access_key, pair.secret_key)


def _by_who_serves(
    directory: DataDirectory,
    location: Location,
    clock: Clock,
    request: LocalRequest,
    in_its_place: Callable[[], T],
    answer: type[T],
) -> T:
    """By the control plane that has the directory; while there is none, here: schema and CA are made first."""
    deadline = time.monotonic() + FIRST_START_S
    while True:
        try:
            with held(directory):
                engine_of(location).migrate(clock)
                authority.check_not_lost(directory.pki, is_needed=write_once(location, has_certificates))
                authority.load_or_create(directory.pki, clock.now())
                return in_its_place()
        except DataDirectoryBusy:
            try:
                return ask_locally(directory.root, request, answer)
            except OSError:
                # It starts, or ends; or it is another command like this one.
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"the control plane on {directory.root} does not answer",
                        next_step="Look at its log, then try again.",
                    ) from None
        time.sleep(0.05)


def _api(config: ControlPlaneConfig, directory: DataDirectory) -> str:
    running = directory.last_running()
    if running:
        return running.api
    host, port = listen_address(config)
    return url("127.0.0.1" if is_wildcard(host) else host, port)
