"""The section `firewall`: have -> plan -> apply -> verify, now and within every heartbeat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import trio

from agent.firewall.desired import DesiredFirewall
from agent.firewall.nft import Nft, NftFailed
from agent.firewall.table import comments, listed_comments, replacement
from agent.following import Following
from agent.link import ControlPlaneLink
from agent.operations.failure import OperationFailed
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.firewall import FirewallDocument
from nimbus.protocol.messages import HealthCheck

T = TypeVar("T")
CHECK = "firewall"
# How long a task waits for the rule of the resource that it is about.
PATIENCE_S = 30.0
log = logging.getLogger("nimbus.firewall")


class FirewallApplier:
    """Belongs to the Trio thread; nft runs in one worker thread at a time. `interface` is the mesh's, "" without
    one."""

    def __init__(
        self,
        node_id: str,
        interface: str,
        desired: DesiredFirewall,
        link: ControlPlaneLink,
        nft: Nft,
        on_applied: Callable[[], None] = lambda: None,
    ) -> None:
        self._node_id = node_id
        self._interface = interface
        self._desired = desired
        self._link = link
        self._nft = nft
        self._on_applied = on_applied
        self._published = desired.revision
        self._following = Following(log, "the firewall could not be brought to its desired state")
        self._moved = trio.Event()
        self._work = trio.Lock()
        self._limiter = trio.CapacityLimiter(1)
        # What nft listed after we had set it.
        self._as_set: list[Any] | None = None
        self._problem = ""
        self.applied = 0

    @property
    def is_current(self) -> bool:
        """What was last learned is applied."""
        return self.applied == self._published

    @property
    def is_used(self) -> bool:
        """This node has, or had, rules."""
        return bool(self._desired.revision or self._problem)

    def check(self) -> HealthCheck:
        return HealthCheck(CHECK, healthy=not self._problem, message=self._problem)

    def learn(self, revision: int) -> None:
        """The control plane has this revision (0: it knows of no rules of this node)."""
        self._published = revision
        if revision != self._desired.revision:
            self._following.has_news()

    async def settle(self, seconds: float) -> None:
        """Wait until what was learned is applied, or could not be; no longer than that."""
        await self._following.settle(seconds)

    async def start(self) -> None:
        """As it was last wanted, before anything of this node opens a port."""
        await self._apply()

    async def run(self) -> None:
        """Follow the control plane's revisions until cancelled."""
        await self._following.run(self._follow, self._has_followed)

    def _has_followed(self, attempts: Attempts) -> None:
        if attempts.failed:
            self._problem = f"the firewall cannot be set: {attempts.error}"

    async def _follow(self) -> None:
        target = f"/v1/internal/desired/{self._node_id}/firewall?revision={self._desired.revision}"
        reply = await self._link.request("GET", target)
        if reply.status != 200:
            return
        self._desired.accept(msgspec.json.decode(reply.body, type=FirewallDocument))
        # First to disk: a kill in between must not bring back what was before.
        await self._desired.store()
        await self._apply()
        if self._published != self._desired.revision:
            # It has changed while this was fetched.
            self._published = max(self._published, self._desired.revision)

    async def keep_verified(self, interval_s: Callable[[], float]) -> None:
        """Within every heartbeat interval, until cancelled."""
        attempts = Attempts(log, "the firewall could not be looked at")
        while True:
            await trio.sleep(0.8 * interval_s())
            with attempts:
                await self.verify()
                await self._desired.store()
            if attempts.failed:
                self._problem = f"the firewall cannot be read: {attempts.error}"

    async def verify(self) -> None:
        """Mend what somebody changed by hand, or what could not be set before."""
        async with self._work:
            if not self._problem and self._as_set is not None:
                if not self._as_set and not self._desired.document.rules:
                    return
                try:
                    if await self._in_thread(self._nft.read) == self._as_set:
                        return
                except NftFailed as failed:
                    self._note(str(failed))
                    return
                log.warning("repairing the firewall: another program changed its table")
        await self._apply()

    async def _apply(self) -> None:
        async with self._work:
            document = self._desired.document
            try:
                self._as_set = await self._in_thread(lambda: self._set(document))
            except NftFailed as failed:
                self._note(str(failed))
                return
            self._note("")
            is_news, self.applied = self.applied != document.revision, document.revision
        moved, self._moved = self._moved, trio.Event()
        moved.set()
        if is_news:
            self._on_applied()

    def _set(self, document: FirewallDocument) -> list[Any]:
        """Set the table, and read it back. A node that never had a rule needs no nft."""
        if not document.rules and not self._as_set and (not document.revision or not self._has_table()):
            return []
        self._nft.apply(replacement(document.rules, self._interface))
        listed = self._nft.read()
        if listed_comments(listed) != comments(document.rules, self._interface):
            raise NftFailed("the firewall is not as it was set: nft lists other rules")
        return listed

    def _has_table(self) -> bool:
        try:
            return bool(self._nft.read())
        except NftFailed:
            # Without nft there is no table of ours either.
            return False

    def _note(self, problem: str) -> None:
        if problem and problem != self._problem:
            log.error("%s", problem)
        self._problem = problem

    async def require(self, resource: str) -> None:
        """Before a task opens a port of this resource: its rules are in place. Raises OperationFailed."""
        with trio.move_on_after(PATIENCE_S):
            while not self._is_in_place(resource):
                await self._moved.wait()
        if not self._is_in_place(resource):
            raise OperationFailed(
                "FIREWALL", self._problem or f"the node received no firewall rule for {resource}"
            )

    def _is_in_place(self, resource: str) -> bool:
        rules = self._desired.document.rules
        is_set = not self._problem and self.applied == self._desired.revision
        return is_set and any(rule.resource == resource for rule in rules)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._limiter)


def remove_table(nft: Nft, commands: dict[str, Any]) -> None:
    """Of a node that leaves, by these commands. Blocks. Nothing is said when there is none, or no nft."""
    try:
        if nft.read():
            nft.apply(commands)
    except NftFailed as failed:
        log.warning("%s", failed)
