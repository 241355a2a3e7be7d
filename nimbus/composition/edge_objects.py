"""Joins what an edge serves: virtual hosts, upstreams and templates."""

from __future__ import annotations

from collections.abc import Sequence

from nimbus.composition.foundation import Foundation
from nimbus.composition.places import Occupants
from nimbus.db import Transaction
from nimbus.edge.objects import routes as object_routes
from nimbus.edge.objects.checks import Checks, FindCertificate
from nimbus.edge.objects.history import Histories
from nimbus.edge.objects.kinds import TEMPLATE, UPSTREAM, VIRTUAL_HOST, Kind
from nimbus.edge.objects.neighbours import Neighbours
from nimbus.edge.objects.preview import Previews
from nimbus.edge.objects.service import EdgeObjects
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route
from nimbus.people.organizations.contents import Occupant
from nimbus.people.organizations.service import Organizations


class EdgeObjectParts:
    """`neighbours` and `checks` are for the parts of the edge above: certificates, edges, deploys."""

    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        nodes: Nodes,
        find_certificate: FindCertificate,
    ) -> None:
        self._foundation, self._organizations = foundation, organizations
        self.checks, self.neighbours = Checks(nodes, find_certificate), Neighbours()

        def names_of_nodes(tx: Transaction, ids: Sequence[str]) -> dict[str, str]:
            found = {node_id: nodes.find(tx, node_id) for node_id in ids}
            return {node_id: node.name for node_id, node in found.items() if node is not None}

        self.neighbours.names["node"] = names_of_nodes
        self.virtual_hosts = self._doors(VIRTUAL_HOST)
        self.upstreams = self._doors(UPSTREAM)
        self.templates = self._doors(TEMPLATE)

    def _doors(self, kind: Kind) -> object_routes.Doors:
        database = self._foundation.database
        objects = EdgeObjects(
            kind,
            database,
            self._foundation.clock,
            self._foundation.audit,
            self._organizations,
            self.checks,
            self.neighbours,
        )
        return object_routes.Doors(
            objects,
            Histories(kind, database, objects),
            Previews(kind, database, self._organizations, objects, self.checks),
        )

    def occupants(self) -> Occupants:
        """Virtual hosts first: they use the others."""
        return Occupants(
            first=tuple(
                Occupant(
                    f"{kind.noun}s",
                    Permission.CONFIG_DELETE,
                    doors.objects.names_in_workspace,
                    doors.objects.remove_all_of_workspace,
                )
                for kind, doors in (
                    (VIRTUAL_HOST, self.virtual_hosts),
                    (UPSTREAM, self.upstreams),
                    (TEMPLATE, self.templates),
                )
            )
        )

    def routes(self) -> list[Route]:
        return [
            *object_routes.routes(VIRTUAL_HOST, self.virtual_hosts),
            *object_routes.routes(UPSTREAM, self.upstreams),
            *object_routes.routes(TEMPLATE, self.templates),
        ]
