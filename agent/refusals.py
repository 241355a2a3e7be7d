"""Answers that say that this node is not served now: how long to wait before asking again, and what to do.

None of them ends the agent: what the control plane does not know today it may know tomorrow, after a backup was
restored or a clock was set, and nobody may be there to start the agent again.
"""

from __future__ import annotations

import msgspec

_LIMIT = 600


class Refusal(msgspec.Struct, frozen=True):
    """`first_s` is the wait after the first such answer, doubled after each, up to `limit_s`, before jitter."""

    code: str
    problem: str
    first_s: float
    limit_s: float

    def wait_s(self, number: int) -> float:
        """Before trying again, after so many refusals in a row (from 1)."""
        doubled: float = self.first_s * 2 ** min(number - 1, 16)
        return min(self.limit_s, doubled)


_REVOKED = (
    "the control plane has revoked this node; it asks again every few minutes. To end it: nimbus-agent leave"
    " --force --yes. To have it back: the same, then join with a token of: nimbus node token"
)
_UNKNOWN = (
    "as after a restored backup; it asks again. If it stays so, have it join again with a token of:"
    " nimbus node token --rejoin NODE"
)
_KNOWN = {
    "CERTIFICATE_REVOKED": (_REVOKED, 300.0, 300.0),
    "SESSION_KEY_REVOKED": (_REVOKED, 300.0, 300.0),
    # The answer says where else, and when to ask again.
    "NODE_RUNS_TWICE": (
        "stop one of them; on the copy: nimbus-agent leave --local --yes, then join with a token of its own",
        300.0,
        1800.0,
    ),
    "CERTIFICATE_UNKNOWN": (
        f"the control plane does not know this node's certificate, {_UNKNOWN}",
        1.0,
        120.0,
    ),
    "SESSION_KEY_UNKNOWN": (
        f"the control plane does not know this node's session key, {_UNKNOWN}",
        1.0,
        120.0,
    ),
}
# Said of one key: who signs may have another.
_OF_A_KEY = ("SESSION_KEY_REVOKED", "SESSION_KEY_UNKNOWN")


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""
    retry_after_s: float = 0.0


class _Envelope(msgspec.Struct):
    error: _Error


_envelope = msgspec.json.Decoder(_Envelope)


def refusal_of(status: int, body: bytes) -> Refusal | None:
    """None for every answer that is about the request and not about the node."""
    if status not in (403, 409, 503):
        return None
    try:
        error = _envelope.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if error.code not in _KNOWN or error.code in _OF_A_KEY:
        return None
    known = refusal(error.code)
    if error.code == "NODE_RUNS_TWICE":
        problem = f"{error.message[:_LIMIT]}: {known.problem}"
        wait = min(max(error.retry_after_s, known.first_s), known.limit_s)
        return Refusal(error.code, problem, wait, wait)
    return known


def is_of_a_key(code: str) -> bool:
    """Whether the control plane does not take the session key that signed."""
    return code in _OF_A_KEY


def refusal(code: str) -> Refusal:
    problem, first_s, limit_s = _KNOWN[code]
    return Refusal(code, f"{problem} [{code}]", first_s, limit_s)
