"""REST routes of the certificate authority."""

from __future__ import annotations

from nimbus.fleet.certificate_authority.records import CaRotationRequest, CaView, RetireQuery
from nimbus.fleet.certificate_authority.service import CertificateAuthority
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route

_PATH = "/api/v1/ca"


def routes(authority: CertificateAuthority) -> list[Route]:
    return [
        Route(
            "GET",
            _PATH,
            lambda call: authority.show(call.actor),
            Permission.SETTINGS_READ,
            "Show the certificate authority, and the nodes that depend on the one before it",
            answer=CaView,
            description="Needs settings:read on the whole control plane.",
        ),
        Route(
            "POST",
            _PATH + "/rotations",
            lambda call: authority.rotate(call.actor, call.body),
            Permission.SETTINGS_WRITE,
            "Make a new certificate authority",
            body=CaRotationRequest,
            answer=CaView,
            changes=True,
            creates=True,
            status=202,
            description="The present one stays trusted beside it, and the nodes have new certificates signed by "
            "themselves. Needs settings:write on the whole control plane.",
        ),
        Route(
            "DELETE",
            _PATH + "/previous",
            lambda call: authority.retire(call.actor, call.query),
            Permission.SETTINGS_WRITE,
            "End the trust in the previous certificate authority",
            query=RetireQuery,
            answer=CaView,
            changes=True,
            description="Refused while nodes depend on it, unless `force` is said. Needs settings:write on the "
            "whole control plane.",
        ),
    ]
