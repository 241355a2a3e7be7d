"""How often a sign-in may fail: exponential delays, kept in memory, of bounded number.

Four limits. Each failure beyond the free ones doubles the delay before the next try:

- an account from one address: 5 free, then 1, 2, 4 ... up to 900 s. What guesses one person's password.
- an address: 50 free, then up to 900 s. What tries one password on many accounts. An IPv6 address counts as its
  /64.
- an account from anywhere: 100 free, then up to 30 s, and never for an address from which that account signed in
  before. A guess from many addresses gets slow; but an outsider cannot lock the honest user out for long, and not
  at all from where they usually are. (Passkeys and sessions that there are go on working.)
- the second factor of an account from anywhere: 5 free, then up to 900 s. Only who has the password gets there.

A try that is refused here is not looked at and does not count. What did not fail for an hour is forgotten.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict

import msgspec

from nimbus.kernel.errors import RateLimited

FORGET_AFTER_S = 3600.0
CAPACITY = 20_000


def delay_after(failures: int, free: int, at_most: float) -> float:
    """Seconds to wait after so many failures: none while they are free, then 1, 2, 4 ... `at_most`."""
    over = failures - free
    if over <= 0:
        return 0.0
    return at_most if over > 40 else min(at_most, 2.0 ** (over - 1))


class Tally(msgspec.Struct):
    """Failures of one key, and the time (s) of the last."""

    failures: int
    last: float


class FailureLimit:
    """Times in seconds of any clock; one that was set back makes nobody wait longer than their delay."""

    def __init__(self, *, free: int, at_most: float, capacity: int = CAPACITY) -> None:
        self._free, self._at_most, self._capacity = free, at_most, capacity
        self._tallies: OrderedDict[str, Tally] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tallies)

    def wait(self, key: str, now: float) -> float:
        """Seconds until the next try; 0.0: now."""
        tally = self._tallies.get(key)
        if tally is None:
            return 0.0
        if now < tally.last:
            tally.last = now
        if now - tally.last >= FORGET_AFTER_S:
            del self._tallies[key]
            return 0.0
        return max(0.0, tally.last + delay_after(tally.failures, self._free, self._at_most) - now)

    def failed(self, key: str, now: float) -> None:
        tally = self._tallies.pop(key, None) or Tally(0, now)
        self._tallies[key] = Tally(tally.failures + 1, now)
        if len(self._tallies) > self._capacity:
            self._tallies.popitem(last=False)

    def take_back(self, key: str) -> None:
        """One failure was none. The delay of the others stays."""
        tally = self._tallies.get(key)
        if tally is None:
            return
        tally.failures -= 1
        if tally.failures <= 0:
            del self._tallies[key]

    def forgive(self, key: str) -> None:
        self._tallies.pop(key, None)


class LoginLimits:
    """Each try counts as a failure from its beginning, and is taken back when it was none: many at the same time
    get no more than one after the other would."""

    def __init__(self) -> None:
        self._pairs = FailureLimit(free=5, at_most=900.0)
        self._addresses = FailureLimit(free=50, at_most=900.0)
        self._accounts = FailureLimit(free=100, at_most=30.0)
        self._factors = FailureLimit(free=5, at_most=900.0)
        self._known: OrderedDict[str, None] = OrderedDict()

    def begin(self, account: str, address: str, now: float) -> None:
        """Before a password is looked at. Raises RateLimited."""
        address = network_of(address)
        pair = f"{account}\n{address}"
        waits = [self._pairs.wait(pair, now), self._addresses.wait(address, now)]
        if pair not in self._known:
            waits.append(self._accounts.wait(account, now))
        _refuse(max(waits), "failed sign-ins")
        self._pairs.failed(pair, now)
        self._addresses.failed(address, now)
        self._accounts.failed(account, now)

    def succeeded(self, account: str, address: str) -> None:
        """The password was right."""
        address = network_of(address)
        pair = f"{account}\n{address}"
        self._pairs.forgive(pair)
        self._addresses.take_back(address)
        self._accounts.take_back(account)
        self._known.pop(pair, None)
        self._known[pair] = None
        if len(self._known) > CAPACITY:
            self._known.popitem(last=False)

    def begin_address(self, address: str, now: float) -> None:
        """Before something is looked at that names no account: a passkey, a refresh token. Raises RateLimited."""
        address = network_of(address)
        _refuse(self._addresses.wait(address, now), "failed sign-ins from your address")
        self._addresses.failed(address, now)

    def address_succeeded(self, address: str) -> None:
        self._addresses.take_back(network_of(address))

    def begin_factor(self, account: str, now: float) -> None:
        """Before a one-time or recovery code is looked at. Raises RateLimited."""
        _refuse(self._factors.wait(account, now), "wrong codes")
        self._factors.failed(account, now)

    def factor_succeeded(self, account: str) -> None:
        self._factors.forgive(account)


def network_of(address: str) -> str:
    """An IPv4 address; the /64 of an IPv6 one, which is one connection's."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _refuse(wait: float, what: str) -> None:
    if wait > 0:
        raise RateLimited(f"too many {what}", retry_after=max(1, math.ceil(wait)))
