"""What people read instead of the name of an action or an event: "ada created node web-1", "web-1 went offline".

The one place that knows these words: the command line reads them here, and the dashboard from a file that is
written from here (`python -m tests.kit.sentences`). A name that is not here stands for itself.

In a text `{name}` is a fact, and `[a|b]` is `a` where all its facts are known, else `b`. `{resource}` and `{node}`
lead to what they name; `{other}` is the resource, unless it is who acts. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple


class Action(NamedTuple):
    """Of an action of the audit log: "ada `past` `what`", "ada tried to `infinitive` `what`"; where it is not told
    who did it, `passive` ("": "`what` was `past`")."""

    infinitive: str
    past: str
    what: str = ""
    passive: str = ""


class Reference(NamedTuple):
    """A part of a sentence that leads somewhere."""

    kind: str
    id: str
    name: str


Part = str | Reference


def _usual(noun: str, name: str, *verbs: str) -> dict[str, Action]:
    """What regular verbs do with a kind of resource."""
    article = "an" if name[0] in "aeio" or name == "upstream" else "a"
    what = f"[{name} {{resource}}|{article} {name}]"
    return {f"{noun}.{verb}": Action(verb, _PAST.get(verb, f"{verb}ed"), what) for verb in verbs}


_PAST = {
    verb: f"{verb}d" for verb in ("create", "update", "delete", "move", "rotate", "revoke", "approve", "use")
} | {verb: f"{verb}d" for verb in ("pause", "resume", "retire", "compare", "replace")}
_PAST["cancel"] = "cancelled"
_USER = "[{resource}|a user]"
_TASK = "[task {resource}|a task][ on {node}]"
_INVITATION = "[the invitation for {resource}|an invitation]"
_ARTIFACT = "[artifact {resource}|an artifact]"
_MEMBER, _GROUP = "[{member}|a member]", "[group {resource}|a group]"
_ROLE, _PRINCIPAL = "[role {role}|a role]", "[{resource}|a principal]"
_EDGE = "[edge {resource}|an edge]"
_ACCOUNT = "[an account at {provider}|an account]"

ACTIONS: dict[str, Action] = {
    **_usual("organization", "organization", "create", "update", "delete"),
    **_usual("workspace", "workspace", "create", "update", "delete", "move"),
    **_usual("user", "user", "create", "update", "delete"),
    **_usual("group", "group", "create", "update", "delete"),
    **_usual("role", "role", "create", "update", "delete"),
    **_usual("key", "key", "create", "update", "rotate", "revoke"),
    **_usual("secret", "secret", "create", "update", "delete", "reveal", "use", "compare"),
    **_usual("node", "node", "update", "delete", "approve", "reject"),
    **_usual("operation", "operation", "create", "pause", "resume", "cancel"),
    **_usual("artifact", "artifact", "create", "update", "delete"),
    **_usual("virtual_host", "virtual host", "create", "update", "delete"),
    **_usual("upstream", "upstream", "create", "update", "delete"),
    **_usual("template", "template", "create", "update", "delete"),
    **_usual("certificate", "certificate", "create", "update", "delete", "replace", "export", "renew"),
    **{
        f"{noun}.rollback": Action(
            "restore",
            "restored",
            f"[version {{restored_from}}|an earlier version] of [{name} {{resource}}|one]",
        )
        for noun, name in (
            ("virtual_host", "virtual host"),
            ("upstream", "upstream"),
            ("template", "template"),
        )
    },
    **_usual("identity_provider", "identity provider", "create", "update", "delete", "test"),
    **_usual("audit_destination", "destination", "create", "update", "delete", "test"),
    **_usual("master_key", "master key", "adopt", "retire"),
    **_usual("join_token", "join token", "create", "update", "revoke"),
    "certificate.issue": Action(
        "issue", "issued", "[version {version}|a version] of [certificate {resource}|a certificate]"
    ),
    "certificate.issue_failed": Action(
        "tell what failed of",
        "told what failed of",
        "[certificate {resource}|a certificate]",
        "[certificate {resource}|a certificate] could not be issued[: {problem}]",
    ),
    "certificate.expiring": Action(
        "tell the end of",
        "told the end of",
        "[certificate {resource}|a certificate]",
        "[certificate {resource}|a certificate] ends soon[, at {not_after}]",
    ),
    "certificate.expired": Action(
        "tell the end of",
        "told the end of",
        "[certificate {resource}|a certificate]",
        "[certificate {resource}|a certificate] has expired",
    ),
    "operation.undo": Action(
        "undo",
        "undid",
        "[operation {resource}|an operation]",
        "[operation {resource}|an operation] was undone",
    ),
    "user.set_password": Action("set", "set", f"the password of {_USER}"),
    "user.verify_email": Action("verify", "verified", f"the email address of {_USER}"),
    "user.link_identity": Action(
        "link", "linked", f"{_ACCOUNT} to {_USER}", f"{_ACCOUNT} was linked to {_USER}"
    ),
    "user.unlink_identity": Action(
        "unlink", "unlinked", f"{_ACCOUNT} from {_USER}", f"{_ACCOUNT} was unlinked from {_USER}"
    ),
    "group.add_member": Action("add", "added", f"{_MEMBER} to {_GROUP}", f"{_MEMBER} was added to {_GROUP}"),
    "group.remove_member": Action(
        "remove", "removed", f"{_MEMBER} from {_GROUP}", f"{_MEMBER} was removed from {_GROUP}"
    ),
    "role.grant": Action(
        "grant", "granted", f"{_ROLE} to {_PRINCIPAL}", f"{_ROLE} was granted to {_PRINCIPAL}"
    ),
    "role.revoke": Action(
        "remove", "removed", f"{_ROLE} from {_PRINCIPAL}", f"{_ROLE} was removed from {_PRINCIPAL}"
    ),
    "role.change_grant": Action(
        "update",
        "updated",
        f"the grant of {_ROLE} to {_PRINCIPAL}",
        f"the grant of {_ROLE} to {_PRINCIPAL} was updated",
    ),
    "session.create": Action("sign in", "signed in", "[as {other}]", f"{_USER} signed in"),
    "session.refresh": Action("renew", "renewed", "[a session of {resource}|a session]"),
    "session.revoke": Action("end", "ended", "[a session of {resource}|a session]"),
    "session.grant": Action(
        "sign in from a command line",
        "signed in from a command line",
        "[as {other}]",
        f"{_USER} signed in from a command line",
    ),
    "token_key.create": Action("create", "created", "a signing key for sessions"),
    "totp.enrol": Action("set up", "set up", f"an authenticator app for {_USER}"),
    "totp.confirm": Action("confirm", "confirmed", f"the authenticator app of {_USER}"),
    "totp.disable": Action("remove", "removed", f"the authenticator app of {_USER}"),
    "passkey.create": Action("add", "added", f"a passkey for {_USER}"),
    "passkey.update": Action("rename", "renamed", f"a passkey of {_USER}"),
    "passkey.delete": Action("delete", "deleted", f"a passkey of {_USER}"),
    "recovery_codes.create": Action("create", "created", f"recovery codes for {_USER}"),
    "second_factors.verify": Action("verify", "verified", f"a second factor of {_USER}"),
    "session.reauthenticate": Action("sign in again", "signed in again", "", f"{_USER} signed in again"),
    "second_factors.reset": Action("reset", "reset", f"the second factors of {_USER}"),
    "invite.create": Action("invite", "invited", "[{resource}|a person]"),
    "invite.resend": Action("resend", "resent", _INVITATION),
    "invite.revoke": Action("revoke", "revoked", _INVITATION),
    "invite.accept": Action("accept", "accepted", _INVITATION),
    "secret.set": Action("set", "set", "a new value for [secret {resource}|a secret]"),
    "secret.rollback": Action("restore", "restored", "an earlier value of [secret {resource}|a secret]"),
    "master_key.rotate": Action("rotate", "rotated", "the master key"),
    "ca.rotate": Action("start", "started", "a rotation of the certificate authority"),
    "ca.retire": Action("retire", "retired", "the previous certificate authority"),
    "node.join": Action("join", "joined", "[as node {resource}]", "[node {resource}|a node] joined"),
    "node.maintenance_start": Action(
        "start",
        "started",
        "maintenance of [node {resource}|a node]",
        "maintenance of [node {resource}|a node] started",
    ),
    "node.maintenance_end": Action(
        "end",
        "ended",
        "maintenance of [node {resource}|a node]",
        "maintenance of [node {resource}|a node] ended",
    ),
    "node.renew_certificate": Action("renew", "renewed", "the certificate of [node {resource}|a node]"),
    "node.rotate_key": Action("request", "requested", "a new session key for [node {resource}|a node]"),
    "node.use_new_key": Action(
        "switch to",
        "switched to",
        "a new session key",
        "[node {resource}|a node] switched to a new session key",
    ),
    "node.adopt_certificate": Action(
        "record", "recorded", "the certificate in use by [node {resource}|a node]"
    ),
    "node.revoke_again": Action(
        "revoke",
        "revoked",
        "the credentials of deleted [node {resource}|node] again",
        "the credentials of deleted [node {resource}|node] were revoked again",
    ),
    "task.create": Action("create", "created", _TASK),
    "task.cancel": Action("cancel", "cancelled", _TASK),
    "task.retry": Action("retry", "retried", _TASK),
    "artifact.upload": Action(
        "start", "started", f"an upload of {_ARTIFACT}", f"an upload of {_ARTIFACT} was started"
    ),
    "artifact.upload_failed": Action("upload", "uploaded", _ARTIFACT, f"the upload of {_ARTIFACT} failed"),
    "artifact.upload_abandoned": Action("discard", "discarded", f"the upload of {_ARTIFACT}"),
    "firewall.allow": Action(
        "open", "opened", "ports on [{resource}|a node]", "ports were opened on [{resource}|a node]"
    ),
    "firewall.withdraw": Action(
        "close", "closed", "ports on [{resource}|a node]", "ports were closed on [{resource}|a node]"
    ),
    "edge.create": Action(
        "make", "made", "[{resource}|a node] an edge", "[{resource}|a node] became an edge"
    ),
    "edge.update": Action("update", "updated", _EDGE),
    "edge.delete": Action(
        "remove", "removed", "[{resource}|a node] from the edges", "[{resource}|a node] is no edge any more"
    ),
    "edge_deployment.create": Action(
        "start", "started", "a deployment[: {resource}]", "a deployment was started[: {resource}]"
    ),
    "edge.nginx": Action("order", "ordered", f"[{{action}} of ]nginx on {_EDGE}"),
    "edge.nginx_started": Action("start", "started", "nginx", f"nginx started on {_EDGE}"),
    "edge.nginx_stopped": Action(
        "find", "found", "nginx stopped", f"nginx stopped on {_EDGE}[: {{problem}}]"
    ),
    "edge.rolled_back": Action(
        "restore",
        "restored",
        "an earlier generation",
        f"{_EDGE} went back to what it served before[: {{problem}}]",
    ),
    "edge.drifted": Action(
        "find", "found", "files that were changed by hand", f"files were changed by hand on {_EDGE}"
    ),
    "edge.server_down": Action(
        "lose",
        "lost",
        "[server {server}|a server]",
        f"[server {{server}}|a server][ of {{upstream}}] is down for {_EDGE}",
    ),
    "edge.server_up": Action(
        "reach",
        "reached",
        "[server {server}|a server]",
        f"[server {{server}}|a server][ of {{upstream}}] is back for {_EDGE}",
    ),
    "mesh.probe": Action("start", "started", "a probe of the mesh"),
    "mesh.policy.update": Action("update", "updated", "the mesh policy[ of {resource}]"),
    "settings.update": Action(
        "update", "updated", "the [{resource} ]settings", "the [{resource} ]settings were updated"
    ),
    "settings.test": Action(
        "test", "tested", "the [{resource} ]settings", "the [{resource} ]settings were tested"
    ),
    "audit_log.begin": Action("start", "started", "the hash chain of the audit log"),
    "audit_log.cut": Action(
        "find",
        "found",
        "a cut in the audit log",
        "[entries {first} to {last}|entries] were cut off the end of the audit log",
    ),
    "audit_log.export": Action("export", "exported", "the audit log"),
    "audit_log.prune": Action(
        "delete",
        "deleted",
        "[{rows} |]old entries of the audit log",
        "old entries of the audit log were deleted",
    ),
    "audit_log.restored": Action("restore", "restored", "an earlier audit log"),
    "request.suppressed": Action(
        "count",
        "counted",
        "refused requests",
        "[{count} |]refused requests[ of {resource}] were counted instead of recorded",
    ),
}
# What happens by itself. "KIND STATE" is the event in which the fact `state` is that.
EVENTS: dict[str, str] = {
    "node.state Pending": "{resource} waits for approval",
    "node.state Online": "{resource} came online",
    "node.state Offline": "{resource} went offline",
    "node.state Degraded": "{resource} is degraded",
    "node.state Maintenance": "{resource} is in maintenance",
    "node.report": "{resource} sent a report",
    "mesh.measured": "{resource} measured its links",
    "task.leased": "{resource} started[ on {node}]",
    "task.requeued": "{resource}[ on {node}] will be tried again[: {error_code}]",
    "task.progress": "{resource}[ on {node}] made progress",
    "task.closed succeeded": "{resource}[ on {node}] succeeded[ after {attempts} attempts]",
    "task.closed failed": "{resource}[ on {node}] failed[ after {attempts} attempts][: {error_code}]",
    "task.closed cancelled": "{resource}[ on {node}] was cancelled",
    "operation.state running": "operation {resource} started",
    "operation.state paused": "operation {resource} was paused",
    "operation.state cancelling": "operation {resource} is being cancelled",
    "operation.state undoing": "operation {resource} is being undone",
    "operation.state succeeded": "operation {resource} succeeded",
    "operation.state failed": "operation {resource} failed",
    "operation.state cancelled": "operation {resource} was cancelled",
    "operation.step waiting": "step {step} of operation {resource} is waiting",
    "operation.step running": "step {step} of operation {resource} started",
    "operation.step succeeded": "step {step} of operation {resource} succeeded",
    "operation.step failed": "step {step} of operation {resource} failed",
    "operation.step cancelled": "step {step} of operation {resource} was cancelled",
    "operation.step skipped": "step {step} of operation {resource} was skipped",
    "operation.step undoing": "step {step} of operation {resource} is being undone",
    "operation.step undone": "step {step} of operation {resource} was undone",
    "operation.step undo_failed": "step {step} of operation {resource} could not be undone",
}
_TOKEN = re.compile(r"\[([^\[\]]*)\]|\{(\w+)\}")


def of_entry(row: Mapping[str, Any]) -> list[Part]:
    """Of an entry of the audit log as the API shows it."""
    facts = {**row["before"], **row["after"], "actor": row["actor"]["name"]}
    actor, resource = _reference(row["actor"]), _reference(row["resource"])
    action = ACTIONS.get(row["action"])
    said: list[Part]
    if action is None:
        said = [actor, f": {row['action']} ", resource]
    elif actor.kind == "system":
        return _joined(_passive(action, resource, facts))
    else:
        verb = action.past if row["outcome"] == "ok" else f"tried to {action.infinitive}"
        said = [actor, f" {verb} ", *_words(action.what, resource, facts)]
    if row["outcome"] != "ok":
        because = row["after"].get("error")
        said.append(f": {row['outcome']}" + (f" ({because})" if isinstance(because, str) else ""))
    return _joined(said)


def of_event(event: Mapping[str, Any]) -> list[Part]:
    """Of an event as the API shows it."""
    data, kind, resource = event["data"], event["kind"], _reference(event["resource"])
    template = EVENTS.get(kind) or EVENTS.get(f"{kind} {data.get('state')}")
    if template is not None:
        return _joined(_words(template, resource, data))
    action = ACTIONS.get(kind)
    by = data.get("by")
    if action is None:
        return _joined([f"{kind} ", resource])
    if isinstance(by, Mapping):
        return _joined(
            [
                _reference(by),
                f" {action.past} ",
                *_words(action.what, resource, {**data, "actor": by["name"]}),
            ]
        )
    return _joined(_passive(action, resource, data))


def plain(parts: list[Part]) -> str:
    return "".join(part if isinstance(part, str) else part.name for part in parts)


def _passive(action: Action, resource: Reference, facts: Mapping[str, Any]) -> list[Part]:
    return _words(action.passive or f"{action.what} was {action.past}", resource, facts)


def _reference(of: Mapping[str, Any]) -> Reference:
    return Reference(of["kind"], of["id"], of["name"] or of["id"])


def _words(template: str, resource: Reference, facts: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for token in _TOKEN.finditer(template):
        parts.append(template[at : token.start()])
        parts += (
            _optional(token[1], resource, facts)
            if token[2] is None
            else [_fact(token[2], resource, facts) or ""]
        )
        at = token.end()
    return [*parts, template[at:]]


def _optional(text: str, resource: Reference, facts: Mapping[str, Any]) -> list[Part]:
    preferred, _, otherwise = text.partition("|")
    known = all(_fact(token[2], resource, facts) is not None for token in _TOKEN.finditer(preferred))
    return _words(preferred if known else otherwise, resource, facts)


def _fact(name: str, resource: Reference, facts: Mapping[str, Any]) -> Part | None:
    """None: unknown."""
    if name == "resource":
        return resource if resource.name else None
    if name == "other":
        return resource if resource.name not in ("", facts.get("actor")) else None
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    node = facts.get("node_id")
    return Reference("node", node, str(value)) if name == "node" and isinstance(node, str) else str(value)


def _joined(parts: list[Part]) -> list[Part]:
    """Neighbouring texts as one, without blanks at the end."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    if joined and isinstance(joined[-1], str):
        joined[-1] = joined[-1].rstrip()
    return [part for part in joined if part]
