"""Calling handlers: whatever they raise becomes a response."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from nimbus.http.agents.messages import AgentRequest, AgentResponse, Handler
from nimbus.http.agents.responses import error_response
from nimbus.protocol.errors import EXIT_FORBIDDEN, EXIT_NOT_FOUND, NimbusError

logger = logging.getLogger(__name__)

StatusOf = Callable[[NimbusError], int]


def default_status_of(error: NimbusError) -> int:
    """The HTTP status by the exit status of an error, for callers that have no map of their own."""
    return {EXIT_FORBIDDEN: 403, EXIT_NOT_FOUND: 404}.get(error.exit_status, 400)


class Dispatcher:
    """Runs the handler and the callbacks of parked requests; none of its methods raises an `Exception`."""

    __slots__ = ("_handler", "_status_of")

    def __init__(self, handler: Handler, status_of: StatusOf) -> None:
        self._handler = handler
        self._status_of = status_of

    def handle(self, request: AgentRequest) -> AgentResponse | None:
        """The answer; `None` when the handler gives it later."""
        try:
            return self._handler(request)
        except Exception as error:  # noqa: BLE001 - the boundary to code of others; logged in failure
            return self.failure(request, error)

    def end(self, request: AgentRequest, on_end: Callable[[], AgentResponse]) -> AgentResponse:
        """The answer of a parked request whose time is over."""
        try:
            return on_end()
        except Exception as error:  # noqa: BLE001 - the boundary to code of others; logged in failure
            return self.failure(request, error)

    def close(self, request: AgentRequest, on_close: Callable[[], None]) -> None:
        """Tell the owner of a parked request that the peer is gone."""
        try:
            on_close()
        except Exception:
            logger.exception("on_close failed: %s %s of %s", request.method, request.path, request.node_id)

    def answered_twice(self, request: AgentRequest) -> None:
        """The handler returned a response after it had called `reply`; the second one is dropped."""
        logger.error("answered twice: %s %s of %s", request.method, request.path, request.node_id)

    def failure(self, request: AgentRequest, error: BaseException) -> AgentResponse:
        """The answer in place of one that could not be given; what is no `NimbusError` is logged."""
        if isinstance(error, NimbusError):
            try:
                return error_response(self._status_of(error), error.code, error.message, error.details)
            except Exception as second:  # noqa: BLE001 - answered and logged as any other below
                error = second
        request_id = secrets.token_hex(8)
        logger.error(
            "request %s failed: %s %s of %s",
            request_id,
            request.method,
            request.path,
            request.node_id,
            exc_info=error,
        )
        return error_response(500, "INTERNAL", "Internal error", request_id=request_id)
