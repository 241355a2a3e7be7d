"""The join of a machine that reaches nothing but the proxy: it has a one-time token and no key yet."""

from __future__ import annotations

import msgspec
import trio

from nimbus.fleet.enrolment.joining import Joining
from nimbus.http.agent_paths import failure
from nimbus.http.agents.messages import AgentRequest, AgentResponse
from nimbus.http.decoding import decode_body
from nimbus.http.rate_limits import RateLimit
from nimbus.kernel.ids import new_id
from nimbus.protocol.messages import JoinRequest

JOIN = "/v1/internal/join"


class JoinPath:
    """`limit` is how often one address may ask: what comes here nobody has vouched for."""

    def __init__(self, joining: Joining, background: trio.Nursery, limit: RateLimit) -> None:
        self._joining, self._background, self._limit = joining, background, limit

    def handle(self, request: AgentRequest) -> AgentResponse | None:
        source = request.peer_address
        self._limit.check(source, trio.current_time(), "to join from your address")
        message = decode_body(request.body, JoinRequest)
        assert isinstance(message, JoinRequest)

        async def run() -> None:
            try:
                answer = await self._joining.join(message, source, new_id())
            except Exception as error:  # noqa: BLE001  (every error is an answer)
                request.reply(failure(error))
            else:
                request.reply(AgentResponse(200, msgspec.json.encode(answer)))

        self._background.start_soon(run)
        return None
