"""Pure decisions of notifications: which row of the audit log is worth one, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

from nimbus.correspondence.mail.message import simple_html
from nimbus.correspondence.notifications.records import Item, Kind, Tally
from nimbus.kernel.clock import from_seconds, to_rfc3339
from nimbus.records.audit.records import AuditView

FAILURES_TO_TELL = 5
FAILURE_WINDOW_S = 600.0
TELL_AGAIN_S = 3600.0
SHOWN_ITEMS = 200
MAX_LINE = 300
_SIGN_IN_ERRORS = {"WRONG_PASSWORD", "WRONG_CODE", "PASSKEY_REFUSED", "USER_DISABLED"}
# Of edges and their certificates.
_OF_THE_EDGE = {
    "certificate.expiring": Kind.CERTIFICATE_EXPIRY,
    "certificate.expired": Kind.CERTIFICATE_EXPIRY,
    "certificate.issue_failed": Kind.CERTIFICATE_NOT_ISSUED,
    "edge.nginx_stopped": Kind.EDGE_STOPPED,
    "edge.rolled_back": Kind.EDGE_ROLLED_BACK,
    "edge.server_down": Kind.EDGE_SERVER,
    "edge.server_up": Kind.EDGE_SERVER,
}
_LAST_ERRORS = {"LAST_OWNER", "LAST_ADMINISTRATOR"}


def kind_of(row: AuditView) -> Kind | None:
    """None: nothing that anybody is told of. Failed sign-ins are counted first; see `counted`."""
    if row.outcome != "ok":
        return _kind_of_refusal(row)
    if row.action in _OF_THE_EDGE:
        return _OF_THE_EDGE[row.action]
    if row.action == "user.create":
        return Kind.ADMINISTRATOR_GRANTED if row.after.get("is_admin") is True else Kind.USER_CREATED
    if row.action == "user.update":
        return Kind.ADMINISTRATOR_GRANTED if row.after.get("is_admin") is True else None
    if row.action in ("role.grant", "role.change_grant"):
        return Kind.ADMINISTRATOR_GRANTED if row.after.get("role") in ("owner", "admin") else None
    if row.action == "node.join":
        waits = row.after.get("approval") not in (None, "", "approved")
        return Kind.NODE_WAITING if waits else Kind.NODE_JOINED
    return {"invite.accept": Kind.INVITE_ACCEPTED, "node.approve": Kind.NODE_JOINED}.get(row.action)


def _kind_of_refusal(row: AuditView) -> Kind | None:
    if row.action == "audit_log.cut":
        return Kind.AUDIT_FAILURE
    error = row.after.get("error")
    if row.action == "session.create" and error in _SIGN_IN_ERRORS:
        return Kind.SIGN_IN_FAILURES
    if error in _LAST_ERRORS:
        return Kind.LAST_OWNER
    return None


def counted(tally: Tally | None, account: str, at: int) -> tuple[Tally, bool]:
    """One more failed sign-in; whether it is time to tell: at the fifth within ten minutes, then once an hour."""
    if tally is None or not 0 <= at - tally.since < from_seconds(FAILURE_WINDOW_S):
        tally = Tally(account, 0, at, tally.told_at if tally else 0)
    failures = tally.failures + 1
    quiet = tally.told_at and 0 <= at - tally.told_at < from_seconds(TELL_AGAIN_S)
    tells = failures >= FAILURES_TO_TELL and not quiet
    return Tally(account, failures, tally.since, at if tells else tally.told_at), tells


def sentence(kind: Kind, row: AuditView, place: str) -> str:
    """One line. `place` names the organization or workspace, "" of the control plane."""
    who, name = _shown(row.actor.name), _shown(row.resource.name or row.resource.id)
    where = f" in {place}" if place else ""
    said = {
        Kind.USER_CREATED: f"{who} made the user {name}{where}",
        Kind.ADMINISTRATOR_GRANTED: _administrator(row, who, name, where),
        Kind.INVITE_ACCEPTED: f"{name} accepted an invite{where}, as user {_shown(row.after.get('username'))}",
        Kind.LAST_OWNER: f"{who} was refused to take the last owner or administrator away ({_shown(row.action)})",
        Kind.NODE_JOINED: f"the node {name} joined{where}",
        Kind.NODE_WAITING: f"the node {name} waits for approval{where}: nimbus node approve {name}",
        Kind.EDGE_STOPPED: f"nginx stopped on the edge {name}{where}{_why(row)}",
        Kind.EDGE_ROLLED_BACK: f"the edge {name}{where} went back to what it served before{_why(row)}",
        Kind.EDGE_SERVER: _server(row, name, where),
        Kind.AUDIT_FAILURE: f"rows {_shown(row.after.get('first'))} to {_shown(row.after.get('last'))} of the audit"
        " log were cut off at its end: see nimbus audit verify",
        Kind.CERTIFICATE_EXPIRY: f"the certificate {name}{where} ends at {_shown(row.after.get('not_after'))}",
        Kind.CERTIFICATE_NOT_ISSUED: f"the certificate {name}{where} could not be issued, attempt"
        f" {_shown(row.after.get('attempts'))}{_why(row)}",
        Kind.SIGN_IN_FAILURES: f"sign-ins as {name} fail again and again, last from {_shown(row.source)}",
    }
    return said.get(kind, kind.value)[:MAX_LINE]


def _administrator(row: AuditView, who: str, name: str, where: str) -> str:
    if row.action == "role.grant":
        return f"{who} gave {name} the role {_shown(row.after.get('role'))}{where}"
    if row.action == "role.change_grant":
        return f"{who} changed until when {name} has the role {_shown(row.after.get('role'))}{where}"
    return f"{who} made {name} an administrator of the control plane"


def _server(row: AuditView, name: str, where: str) -> str:
    server, upstream = _shown(row.after.get("server")), _shown(row.after.get("upstream"))
    what = "is down" if row.action == "edge.server_down" else "is back"
    return f"server {server} of {upstream} {what} for the edge {name}{where}{_why(row)}"


def _why(row: AuditView) -> str:
    problem = row.after.get("problem")
    return f": {_shown(problem)}" if problem else ""


def _shown(value: object) -> str:
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:100]


def digest(items: Sequence[Item]) -> tuple[str, str, str]:
    """Subject, text and HTML of one mail with all of these, oldest first."""
    lines = [f"{to_rfc3339(item.at)[:19]}Z  {item.line}" for item in items[:SHOWN_ITEMS]]
    if len(items) > SHOWN_ITEMS:
        lines.append(f"... and {len(items) - SHOWN_ITEMS} more: see nimbus audit list")
    what = items[0].line if len(items) == 1 else f"{len(items)} things happened"
    ending = "You get this because an administrator of Nimbus put your address there."
    return (
        f"Nimbus: {what}"[:200],
        "\n".join([*lines, "", ending, ""]),
        simple_html(["\n".join(lines), ending]),
    )
