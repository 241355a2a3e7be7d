"""A fake edge: a joined node that keeps the section `edge` as an agent does, and says whatever a test wants of its
nginx, of which there is none."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.link import LinkDown
from nimbus.protocol.edge import (
    ChallengesDocument,
    DeployReport,
    EdgeDelta,
    EdgeDocument,
    EdgeReport,
    EdgeSection,
    EdgeTexts,
    EdgeTextsRequest,
    NginxState,
    ObjectState,
    Outcome,
    Problem,
)
from nimbus.protocol.messages import LeasedTask
from tests.kit.agent_client import AgentClient

NGINX = NginxState(
    running=True,
    version_text="nginx version: nginx/1.26.3\nconfigure arguments: --with-http_v2_module --with-http_v3_module"
    " --with-http_ssl_module",
    mode="systemd",
)


class FakeEdge:
    """`refuses`: owners of objects that its nginx does not take, with its words; `""`: it takes nothing at all.
    `sizes` are those of the answers that told it what is new."""

    def __init__(self, agent: AgentClient, nginx: NginxState = NGINX) -> None:
        self.agent, self.nginx = agent, nginx
        self.document = EdgeDocument(0)
        self.texts: dict[str, str] = {}
        self.refuses: dict[str, str] = {}
        # Of every report.
        self.says: dict[str, Any] = {}
        self.sizes: list[int] = []
        self.was_whole: list[bool] = []

    @property
    def revision(self) -> int:
        return self.document.revision

    async def beat(self) -> None:
        reply = await self.agent.beat(applied={"edge": self.revision})
        assert reply.status == 200, reply

    async def settle(self) -> bool:
        """Fetch what is new of the section; whether there was anything."""
        path = f"/desired/{self.agent.node_id}/edge?revision={self.revision}"
        reply = await self.agent.request("GET", path)
        if reply.status == 304:
            return False
        assert reply.status == 200, reply
        self.sizes.append(len(reply.body))
        section = msgspec.json.decode(reply.body, type=EdgeSection)
        self.was_whole.append(section.whole is not None)
        if section.whole is not None:
            self.document = section.whole
        else:
            assert section.delta is not None
            self.document = applied(self.document, section.delta)
        lacks = tuple({file.sha256 for file in self.document.files} - self.texts.keys())
        if lacks:
            self.texts |= await self.fetch(*lacks)
        return True

    async def fetch(self, *digests: str) -> dict[str, str]:
        reply = await self.agent.request("POST", "/edge/texts", EdgeTextsRequest(digests))
        assert reply.status == 200, reply
        return msgspec.json.decode(reply.body, type=EdgeTexts).texts

    async def challenges(self) -> ChallengesDocument:
        reply = await self.agent.request("GET", f"/desired/{self.agent.node_id}/challenges?revision=0")
        assert reply.status == 200, reply
        return msgspec.json.decode(reply.body, type=ChallengesDocument)

    async def say(self, **of: Any) -> None:
        """A report; what is not given is usual."""
        report = EdgeReport(**{"revision": self.revision, "nginx": self.nginx, **self.says, **of})
        reply = await self.agent.request("POST", "/edge/report", report)
        assert reply.status == 204, reply

    async def work(self, wait: int = 0) -> list[LeasedTask]:
        """Do what tasks are waiting, as an agent would; which these were. `wait`: seconds at most until there is
        something."""
        leased = (await self.agent.poll(wait, edge=self.revision)).tasks
        for task in leased:
            if task.kind == "edge_deploy":
                await self._deploy(task)
            else:
                await self.agent.report(task.id, result={"output": "done"})
        return list(leased)

    async def _deploy(self, task: LeasedTask) -> None:
        await self.settle()
        assert self.document.generation >= task.parameters["generation"]
        report = self.outcome()
        result = msgspec.to_builtins(report)
        await self.say(deploy=report, generation=self.document.generation)
        if report.outcome in (Outcome.PROVEN, Outcome.WRITTEN):
            await self.agent.report(task.id, result=result)
            return
        assert report.problem is not None
        await self.agent.report(
            task.id, "failed", result=result, error_code="NGINX_REFUSED", error=report.problem.message
        )

    def outcome(self) -> DeployReport:
        generation = self.document.generation
        if "" in self.refuses:
            return DeployReport(generation, Outcome.ROLLED_BACK, problem=Problem(self.refuses[""]))
        objects = tuple(
            ObjectState(file.owner, file.version, 0, Problem(self.refuses[file.owner], 3))
            for file in self.document.files
            if file.owner in self.refuses
        )
        return DeployReport(generation, Outcome.PROVEN, objects)


def applied(had: EdgeDocument, news: EdgeDelta) -> EdgeDocument:
    """The document with what is new in it."""
    assert had.revision == news.since

    def merged(name: str, removed: tuple[str, ...], key: str = "name") -> tuple[Any, ...]:
        kept = {getattr(one, key): one for one in getattr(had, name) if getattr(one, key) not in removed}
        kept |= {getattr(one, key): one for one in getattr(news, name)}
        return tuple(kept[one] for one in sorted(kept))

    return EdgeDocument(
        news.revision,
        news.generation,
        news.settings or had.settings,
        news.head,
        merged("files", news.removed_files),
        merged("upstreams", news.removed_upstreams),
        merged("certificates", news.removed_certificates, "id"),
        news.probes,
    )


async def keep_working(edge: FakeEdge) -> None:
    """As an agent's loop, until cancelled or without a link: what is new of the section is served, what tasks wait
    are done."""
    try:
        while True:
            await edge.beat()
            await edge.work(wait=5)
            if await edge.settle():
                await edge.say(generation=edge.document.generation)
    except LinkDown:
        return
