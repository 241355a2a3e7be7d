"""What the API refuses although its document calls the request well formed: words of the answer, by operation. A
schema cannot say what holds between two parameters of a query, or between a field and what is stored, or how many
bytes a letter has: there the document says it in words, with the field, the body or the operation."""

from __future__ import annotations

import re

_REFUSALS: dict[str, tuple[str, ...]] = {
    # What is there already, and what a name must not be.
    "": (
        r"not reserved and no id$",
        r"this Idempotency-Key was used",
        r"is the present one$",
        # To JSON Schema 1.0 is whole.
        r"Expected `int( \| null)?`, got `float`",
        r"at most 254|like name@example\.org$",
    ),
    "(GET|POST) /api/v1/(grants|can|effective-access)$": (r"^user: name one user, group or key",),
    "/(users|setup|accept|password)": (r"^password: ", r"^must_change"),
    "POST .*/(secrets|tokens|artifact-uploads|tasks|operations|grants|invites|keys|deployments)": (
        r"^workspace: (say which|is named by the query already)",
        r"^organization: say which",
    ),
    "/(tokens|grants)": (
        r"^ttl: must be a number with s, m, h or d, from 1s to 7d",
        r"^name: is for one machine",
        r"^uses: must be 1 for",
        r"^expires_at: (must be in the future|there is no such time)",
    ),
    # What each setting takes, `GET /api/v1/settings` says.
    "PATCH /api/v1/settings$": (r"^[a-z_]+: ", r"^display_name must have"),
    "PATCH /api/v1/(nodes|agents)/": (
        r"^maintenance_until: (must be in the future|there is no such time|is for a node in maintenance)",
        r"^maintenance_reason: is for a node in maintenance",
    ),
    "/oidc/{provider}/start$": (r"^cli_challenge: must be", r"^cli_redirect: must be"),
    "/organizations/{organization}/workspaces$": (r"^organization: is named by the path already",),
    "/(virtual-hosts|upstreams|templates)": (
        r"^(locations|servers|target_agents|trusted_proxies|health_check|tls|labels|summary)\b",
        r"^(server_name|ssl_certificate_id|template|http3|hsts|text|version): ",
        r"^workspace: (say which|is named by the query already)",
    ),
    "/edges": (r"^resolvers: .* is no address such as", r"^shared_with: there is no workspace"),
    "/certificates": (
        r"^(chain|private_key|domains): ",
        r"^workspace: (say which|is named by the query already)",
    ),
    "/edge/deployments": (r"^hosts: no edge",),
    "/secrets": (r"^value: must have 1 to 65536 bytes",),
    "/api/v1/events$": (r"^body: after goes with neither", r"^wait: needs after|wait needs after"),
    "/(metrics|history)": (r"there is no such time", r"must be before until", r"is the same machine"),
    "/(audit-log|tasks)": (r"there is no such time",),
    "/access-logs": (
        r"there is no such time",
        r"must be before until",
        r"does not go with after|needs after",
        r"^client: |client: must be",
        r"^(sql|query): ",
        r"step: must be a multiple",
    ),
    "/mesh/(why|policy)": (
        r"there is no node",
        r"is the same machine",
        r"has the name of the other",
        r"two rules of the name",
        r"ends before it begins",
        r"there is no port above",
        r"nothing comes between",
        r"say workspace/name",
        r"there is no (workspace|organization)",
    ),
    "/(tasks|operations)": (
        r"^parameters: ",
        r"unknown task kind",
        r"there is no task",
        r"^name: .*",
        r"carry it|carries",
    ),
    "/fetch$": (r"carry it|carries",),
    "/artifact-uploads": (r"^size: must be from 1 to", r"^body: (goes|has no bytes)"),
    "/(settings/mail|identity-providers)": (
        r"^ca_pem: ",
        r"^security: ",
        r"^username: is missing",
        r"^group_mapping: there is no group",
        r"openid must be among them",
    ),
    "/mesh/policy": (r"^organization: say which",),
    "/audit-destinations": (
        r"^ca_pem: ",
        r"^target: .* is (an address|no address|a link-local)",
        r"^target: must be",
        r"^secret: is (for webhooks alone|missing)",
    ),
    "/second-factors": (r"^code: is wrong", r"^user: take your own away one by one"),
    "/passkeys": (r"^credential: ", r"^name: "),
    "PATCH /api/v1/users": (r"there is no password that could be changed",),
}


def is_documented(operation: str, message: str) -> bool:
    return any(
        re.search(pattern, operation) and any(re.search(word, message) for word in words)
        for pattern, words in _REFUSALS.items()
    )
