"""Where WireGuard sends to one peer: a state machine. Pure; times are seconds of one clock.

    idle      nothing is sent, or it is answered
      --sent, no session, no answer--> seeking
      --sent, a session that is silent for 18 s--> relayed     (without a relay: seeking)
    seeking   the other end is asked to send as well; each address has its turn, as long as WireGuard waits between
              two handshakes (5 s)
      --the session works--> idle
      --15 s, and there is a relay--> relayed
      --nothing more is sent--> idle
    relayed   by a relay; the direct addresses are probed now and then, at both ends at the same moment
      --WireGuard hears it directly--> idle
      --18 s without an answer--> seeking

WireGuard itself follows a peer that is heard from elsewhere; that ends the search, whoever has begun it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from agent.appliers.ways.candidates import Candidate

# REKEY_TIMEOUT and REJECT_AFTER_TIME (whitepaper, section 6.1).
HANDSHAKE_S = 5.0
# After KEEPALIVE_TIMEOUT + REKEY_TIMEOUT, 15 s, WireGuard itself makes a new session; that is given a moment.
SILENT_S = 18.0
SESSION_LIFETIME_S = 180.0
RELAY_AFTER_S = 15.0
# WireGuard sends nothing for so long: whatever wanted to send has given up.
REST_S = 20.0
# What NATs and firewalls remember without traffic, at the least that is usual (Linux: 30 s).
QUIET_S = 25.0
# A keepalive is a message without content (section 5.4.6); nothing answers it.
KEEPALIVE_BYTES = 32
FIRST_PROBE_S = 5.0
LAST_PROBE_S = 300.0
PROBED_AT_ONCE = 3
_PROBES_SOON = 4
# Who is called answers no sooner after its own last probe.
_CALLED_AGAIN_S = 2.0
# What was sought and not found so lately is said to be down.
MISSED_S = 900.0
# What comes so soon after the other end was asked to send has come of that.
_ASKING_HELPED_S = 6.0
State = Literal["idle", "seeking", "relayed"]


class Seen(NamedTuple):
    """One look at the peer. `session_age` is seconds since the last handshake; None: there was none. `is_relay`:
    the endpoint is a relay's."""

    at: float
    endpoint: str
    session_age: float | None
    rx: int
    tx: int
    is_relay: bool = False

    @property
    def is_alive(self) -> bool:
        return self.session_age is not None and self.session_age < SESSION_LIFETIME_S


class Do(NamedTuple):
    """What to do after a look. `endpoint`: set it. `relay`: send by a relay from now on. `ask`: have the other end
    send as well. `probe`: one packet to each of these, and back to the relay."""

    endpoint: str = ""
    relay: bool = False
    ask: bool = False
    probe: tuple[str, ...] = ()


NOTHING = Do()


class PeerWay:
    """`candidates` in the order in which they are tried."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = tuple(candidates)
        self.state: State = "idle"
        # Since the search began, the last one last.
        self.tried: list[str] = []
        # It heard us only once it was asked to send: something on its side lets in nothing but answers. Or it was
        # silent after a pause and can be reached again: something has forgotten.
        self.is_guarded = False
        self._heard_at = float("-inf")
        self._was_quiet = self._is_forgotten = False
        self._last: Seen | None = None
        self._unanswered: float | None = None
        self._sent_at = self._since = self._turn_at = self._probe_at = 0.0
        self._asked_at = self._probed_at = self._missed_at = float("-inf")
        self._is_called = False
        # What was sent since the last look was a probe, which nothing need answer.
        self._has_probed = False
        self._probes = 0

    @property
    def is_busy(self) -> bool:
        """It is to be looked at again soon."""
        return (
            self.state == "seeking"
            or self._unanswered is not None
            or self._is_called
            or (self._last is not None and self._last.at < self._probed_at + HANDSHAKE_S)
            or (self.state == "relayed" and self._probes < _PROBES_SOON)
        )

    def is_missed(self, now: float) -> bool:
        """Whether it is sought, or was lately in vain."""
        return self.state == "seeking" or now < self._missed_at + MISSED_S

    def use(self, candidates: Sequence[Candidate]) -> None:
        """From now on these: what is new is tried soon."""
        if tuple(candidates) != self.candidates:
            self.candidates = tuple(candidates)
            self._probes, self._probe_at = 0, 0.0

    def called(self) -> None:
        """The other end seeks this one: both probe at the same moment."""
        self._is_called = self.state == "relayed"

    def look(self, seen: Seen, *, can_relay: bool) -> Do:
        answered = self._compare(seen)
        if answered:
            self._missed_at = float("-inf")
        if seen.is_relay:
            return self._look_relayed(seen)
        if not seen.endpoint and can_relay:
            # WireGuard has nowhere to send, and would not even try.
            self._become_relayed(seen.at)
            return Do(relay=True)
        if self.state == "relayed":
            self.state = "idle"
            self.is_guarded |= self._is_forgotten
            self._is_forgotten = False
            return Do(endpoint=seen.endpoint)
        if answered and seen.is_alive:
            self.is_guarded |= self.state == "seeking" and seen.at <= self._asked_at + _ASKING_HELPED_S
            self.state = "idle"
            return NOTHING
        if self.state == "idle":
            return self._begin(seen, can_relay=can_relay) if self._is_wanted(seen) else NOTHING
        return self._seek(seen, answered=answered, can_relay=can_relay)

    def _compare(self, seen: Seen) -> bool:
        """With the last look: whether something has come."""
        last, self._last = self._last or Seen(seen.at, "", None, 0, 0), seen
        answered = seen.rx > last.rx
        is_probe, self._has_probed = self._has_probed, False
        # Counters begin anew with a device.
        if not is_probe and (seen.tx - last.tx > KEEPALIVE_BYTES or 0 < seen.tx < last.tx):
            self._sent_at = seen.at
            if self._unanswered is None:
                self._unanswered = seen.at
                self._was_quiet = seen.at >= self._heard_at + QUIET_S
        if answered:
            self._heard_at = seen.at
        if answered or seen.at >= self._sent_at + REST_S:
            self._unanswered = None
        return answered

    def _is_wanted(self, seen: Seen) -> bool:
        if self._unanswered is None:
            return False
        return not seen.is_alive or seen.at >= self._unanswered + SILENT_S

    def _begin(self, seen: Seen, *, can_relay: bool) -> Do:
        if seen.is_alive and can_relay:
            # The session holds on any way: the relay carries it at once, and the addresses are probed from there.
            self._become_relayed(seen.at)
            self._probe_at = seen.at
            self._is_forgotten = self._was_quiet
            self.tried = [seen.endpoint]
            return Do(relay=True)
        self.state = "seeking"
        self._since = seen.at
        self._turn_at = seen.at + HANDSHAKE_S - 1
        self.tried = [seen.endpoint]
        self._asked_at = seen.at
        return Do(ask=True)

    def _seek(self, seen: Seen, *, answered: bool, can_relay: bool) -> Do:
        if self._unanswered is None and not answered:
            return self._rest(seen)
        if answered:
            # Half of a handshake: the other half may be on its way.
            self._turn_at = max(self._turn_at, seen.at + HANDSHAKE_S)
            return NOTHING
        if can_relay and seen.at >= self._since + RELAY_AFTER_S:
            self._become_relayed(seen.at)
            return Do(relay=True)
        if seen.at < self._turn_at:
            return NOTHING
        self._turn_at = seen.at + HANDSHAKE_S
        self._asked_at = seen.at
        return Do(endpoint=self._next(seen.endpoint), ask=True)

    def _next(self, present: str) -> str:
        """The next address; "" when there is no other."""
        endpoints = [candidate.endpoint for candidate in self.candidates]
        if set(endpoints) <= set(self.tried):
            self.tried = [present]
        following = next((each for each in endpoints if each not in self.tried), "")
        if following:
            self.tried.append(following)
        return following

    def _rest(self, seen: Seen) -> Do:
        self.state, self._missed_at = "idle", seen.at
        first = self.candidates[0].endpoint if self.candidates else ""
        return Do(endpoint=first if first != seen.endpoint else "")

    def _become_relayed(self, at: float) -> None:
        self.state = "relayed"
        self._unanswered, self._since = None, at
        self._probes, self._probe_at = 0, at + FIRST_PROBE_S

    def _look_relayed(self, seen: Seen) -> Do:
        if self.state != "relayed":
            # The other end has begun with it.
            self._become_relayed(seen.at)
            return NOTHING
        if self._unanswered is not None and seen.at >= self._unanswered + SILENT_S:
            self.state, self._since, self._turn_at = "seeking", seen.at, seen.at + HANDSHAKE_S
            self._unanswered = seen.at
            self.tried = []
            return Do(endpoint=self._next(""), ask=True)
        is_due = seen.at >= self._probe_at
        is_called = self._is_called and seen.at >= self._probed_at + _CALLED_AGAIN_S
        self._is_called = False
        if not (is_due or is_called) or not seen.is_alive or not self.candidates:
            return NOTHING
        probed = self._to_probe()
        self._probed_at, self._has_probed = seen.at, True
        if is_due:
            self._probe_at = seen.at + min(LAST_PROBE_S, FIRST_PROBE_S * 2 ** min(self._probes, 10))
            self._probes += 1
        # Who was called does not call back: that would never end.
        return Do(probe=probed, ask=is_due)

    def _to_probe(self) -> tuple[str, ...]:
        """Of many, others each time."""
        endpoints = [candidate.endpoint for candidate in self.candidates]
        first = self._probes * PROBED_AT_ONCE % len(endpoints) if len(endpoints) > PROBED_AT_ONCE else 0
        return tuple((endpoints[first:] + endpoints[:first])[:PROBED_AT_ONCE])
