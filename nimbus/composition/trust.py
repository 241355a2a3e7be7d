"""Joins what is vouched for and sealed: the CA, secrets, the master key and its rotation."""

from __future__ import annotations

import trio

from nimbus.composition.foundation import Foundation
from nimbus.composition.places import Occupants
from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route
from nimbus.people.organizations.contents import Occupant
from nimbus.people.organizations.service import Organizations
from nimbus.trust.pki.authority import Authority
from nimbus.trust.secrets import routes as secret_routes
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.reencryption import Reencryption
from nimbus.trust.secrets.rotation import MasterKeys
from nimbus.trust.secrets.rotation_elsewhere import RotationElsewhere
from nimbus.trust.secrets.service import Secrets


class Trust:
    def __init__(
        self, foundation: Foundation, organizations: Organizations, authority: Authority, keyring: Keyring
    ) -> None:
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        self.authority = authority
        self.secrets = Secrets(database, clock, audit, keyring, organizations)
        self.reencryption = Reencryption(database, clock, audit, keyring, SEALED_COLUMNS)
        self._rotation_elsewhere = RotationElsewhere(keyring, self.reencryption)
        self._rotation_elsewhere.subscribe(foundation.bus)
        self.master_keys = MasterKeys(database, clock, audit, keyring, SEALED_COLUMNS, self.reencryption)

    def start(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self._rotation_elsewhere.run)

    def lead(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.reencryption.run)

    def occupants(self) -> Occupants:
        secrets = Occupant(
            "secrets",
            Permission.SECRET_DELETE,
            self.secrets.names_in_workspace,
            self.secrets.remove_all_of_workspace,
        )
        return Occupants(last=(secrets,))

    def routes(self) -> list[Route]:
        return secret_routes.routes(self.secrets, self.master_keys)
