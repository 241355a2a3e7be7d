"""The first administrator, made directly in the data directory: whoever may write there is trusted with it.

Works before the first start and while the control plane runs: SQLite lets two processes write in turn.
"""

from __future__ import annotations

import msgspec

from nimbus.audit.service import AuditLog
from nimbus.clock import SystemClock
from nimbus.config import ControlPlaneConfig
from nimbus.data_directory import DataDirectory, DataDirectoryBusy, open_data_directory
from nimbus.db.database import write_once
from nimbus.db.migrate import migrate
from nimbus.identity.service import Identity
from nimbus.network_addresses import is_wildcard, listen_address, url
from nimbus.pki import authority
from nimbus.secrets import master_key


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
    try:
        with directory.lock():
            migrate(directory.database, clock)
            ca = authority.load_or_create(directory.pki, clock.now())
    except DataDirectoryBusy:
        # It runs: the schema and the CA are its own work, done before it serves.
        ca = authority.load_or_create(directory.pki, clock.now())
    identity = Identity(clock, AuditLog(clock), master_key.load_or_create(directory.master_key))
    pair = write_once(directory.database, lambda tx: identity.bootstrap(tx, new_key=new_key))
    return Bootstrapped(pair.access_key, pair.secret_key, _api(config, directory), str(ca.ca_file))


def _api(config: ControlPlaneConfig, directory: DataDirectory) -> str:
    running = directory.last_running()
    if running:
        return running.api
    host, port = listen_address(config)
    return url("127.0.0.1" if is_wildcard(host) else host, port)
