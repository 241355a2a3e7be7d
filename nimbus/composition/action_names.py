"""What a request is called in the audit log when it is refused: the name that its change would have had.

So one filter finds both, and who tried to change users is found where changes of users are."""

from __future__ import annotations

import re

from nimbus.kernel.routing import Route

_PREFIX = "/api/v1/"
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
_SINGULAR = {
    "identity-providers": "identity_provider",
    "personal-keys": "key",
    "agents": "node",
    "nodes": "node",
}
# Whose parameter of the path is no noun.
_OF_PARAMETER = {"provider": "identity_provider", "destination": "audit_destination"}
# Whose change is not called as its path reads.
_NAMED = {
    "DELETE artifact-uploads/{upload}": "artifact.upload_abandoned",
    "POST artifact-uploads": "artifact.upload",
    "POST artifact-uploads/{upload}/complete": "artifact.create",
    "POST artifacts/{artifact}/fetch": "task.create",
    "GET audit-log/export": "audit_log.export",
    "DELETE auth/identities/{provider}": "user.unlink_identity",
    "POST auth/identities": "user.link_identity",
    "POST auth/setup": "user.create",
    "POST auth/logout": "session.revoke",
    "POST auth/refresh": "session.refresh",
    "POST auth/cli-grants": "session.grant",
    "POST auth/oidc/{provider}/backchannel-logout": "session.revoke",
    "POST certificates/issue": "certificate.create",
    "GET certificates/{certificate}/export": "certificate.export",
    "POST ca/rotations": "ca.rotate",
    "DELETE ca/previous": "ca.retire",
    "POST grants": "role.grant",
    "PATCH grants/{grant}": "role.change_grant",
    "DELETE grants/{grant}": "role.revoke",
    "POST edge/deployments": "edge_deployment.create",
    "POST groups/{group}/members": "group.add_member",
    "DELETE groups/{group}/members/{user}": "group.remove_member",
    "DELETE invites/{invite}": "invite.revoke",
    "POST invites/claim": "invite.accept",
    "POST invites/accept": "invite.accept",
    "DELETE join-tokens/{token}": "join_token.revoke",
    "DELETE keys/{key}": "key.revoke",
    "POST mesh/probes": "mesh.probe",
    "PUT mesh/policy": "mesh.policy.update",
    "POST nodes/tokens": "join_token.create",
    "POST nodes/{node}/tokens": "join_token.create",
    "POST agents/tokens": "join_token.create",
    "POST agents/{node}/tokens": "join_token.create",
    "POST organizations/{organization}/workspaces": "workspace.create",
    "PUT organizations/{organization}/notifications": "settings.update",
    "POST secrets/master-key/rotations": "master_key.rotate",
    "GET secrets/{secret}/value": "secret.reveal",
    "PUT secrets/{secret}/value": "secret.set",
    "POST secrets/{secret}/value/comparison": "secret.compare",
    "POST secrets/{secret}/versions": "secret.set",
    "DELETE sessions/{session}": "session.revoke",
    "POST auth/reauthenticate": "session.reauthenticate",
    "POST users/{user}/second-factors/verify": "second_factors.verify",
    "PATCH settings": "settings.update",
    "PUT settings/mail": "settings.update",
    "POST settings/mail/test": "settings.test",
    "PUT settings/notifications": "settings.update",
    "POST tasks/{task}/retry": "task.create",
    "POST users/{user}/password": "user.set_password",
    "POST users/{user}/passkeys": "passkey.create",
    "POST users/{user}/second-factors/totp": "totp.enrol",
    "POST users/{user}/second-factors/totp/confirm": "totp.confirm",
    "POST users/{user}/second-factors/totp/disable": "totp.disable",
    "POST users/{user}/second-factors/recovery-codes": "recovery_codes.create",
    "POST users/{user}/second-factors/reset": "second_factors.reset",
}


def action_of(route: Route) -> str:
    """`user.create` for POST /api/v1/users, `task.cancel` for POST /api/v1/tasks/{task}/cancel."""
    below = route.path.removeprefix(_PREFIX)
    named = _NAMED.get(f"{route.method} {below}")
    if named:
        return named
    if below.startswith("auth/"):
        return "session.create"
    done = re.search(r"{(\w+)}/([\w-]+)$", below)
    if done:
        return f"{_OF_PARAMETER.get(done[1], done[1])}.{done[2].replace('-', '_')}"
    one = re.search(r"{(\w+)}$", below)
    noun = _OF_PARAMETER.get(one[1], one[1]) if one else _noun(below)
    return f"{noun}.{_VERBS.get(route.method, 'read')}"


def _noun(collection: str) -> str:
    """Of one of them."""
    return _SINGULAR.get(collection, collection.removesuffix("s").replace("-", "_"))
