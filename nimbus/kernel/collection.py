"""A collection of the REST API, declared once: where it is, what one of it is called and looks like, who may what.

    _ROLE = Collection(
        "/api/v1/roles", "role", RoleView, reads=Permission.ROLE_READ, writes=Permission.ROLE_WRITE
    )

    def routes(roles: Roles) -> list[Route]:
        return [
            _ROLE.list(roles.list, RoleQuery, "List roles"),
            _ROLE.create(roles.create, RoleRequest, "Make a role"),
            _ROLE.show(roles.show, "Show a role"),
            _ROLE.change(roles.change, RolePatch, "Change a role"),
            _ROLE.delete(roles.delete, "Delete a role without grants"),
        ]

A verb takes the service's function, the type of what it is sent and a line for the API's reference, and gives the
route. What is not called is not there. Where a route differs from what its collection and its verb say, the
difference is named: `_KEY.show(keys.show, "Show a key", signed_in="it is one's own")`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypedDict, TypeVar, Unpack

import msgspec

from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.routing import Answer, Call, Listed, NoQuery, Open, Page, PageQuery, Route, Target

Query = TypeVar("Query", bound=PageQuery)
Given = TypeVar("Given", bound=msgspec.Struct)
Result = Awaitable[Any]


class Differences(TypedDict, total=False):
    """What of a `Route` is not as its collection and its verb have it. `signed_in`: why whoever is signed in may
    call it."""

    permission: Permission
    signed_in: str
    answer: Any
    status: int
    changes: bool
    creates: bool
    scoped: bool
    description: str


class Collection(msgspec.Struct, frozen=True):
    """`noun` is the parameter of the path that names one resource, `view` the type of what is shown of it. `reads`,
    `writes` (None: nothing is) and `deletes` (None: as `writes`) are the permissions of the verbs. `scoped`: names
    are looked up in the workspace that `?workspace=` names. `within`: the parameter of `path` that names what the
    collection is part of."""

    path: str
    noun: str
    view: Any
    reads: Permission
    writes: Permission | None = None
    deletes: Permission | None = None
    scoped: bool = False
    within: str = ""

    def list(
        self,
        function: Callable[[Actor, Query], Result] | Callable[[Actor, Query, str], Result],
        query: type[Query],
        summary: str,
        **differences: Unpack[Differences],
    ) -> Route:
        """GET of a page. `function` gives a `Listed`, or rows and total; of a collection that is `scoped` or
        `within` something it takes that as third argument."""
        place, select = self._place(differences), _called(function)

        async def list_page(call: Call) -> Answer:
            listed = Listed(*await select(call.actor, call.query, *place(call)))
            page = Page(call.query.page, call.query.per_page, listed.total)
            return Answer(listed.rows, page=page, tag=listed.tag)

        usual = Route(
            "GET", self.path, list_page, self.reads, summary, query=query, answer=_rows_of(self.view)
        )
        return self._route(usual, differences)

    def create(
        self,
        function: Callable[[Actor, Given], Result] | Callable[[Actor, Given, str], Result],
        body: type[Given],
        summary: str,
        **differences: Unpack[Differences],
    ) -> Route:
        """POST, answered with 201, that takes an Idempotency-Key. A third argument of `function` as for `list`."""
        place, create = self._place(differences), _called(function)

        def create_resource(call: Call) -> Result:
            return create(call.actor, call.body, *place(call))

        usual = Route("POST", self.path, create_resource, self._writes(), summary, body=body, status=201)
        return self._route(msgspec.structs.replace(usual, changes=True, creates=True), differences)

    def show(
        self, function: Callable[[Actor, Target], Result], summary: str, **differences: Unpack[Differences]
    ) -> Route:
        """GET of one resource."""
        return self.part("", function, summary, **differences)

    def part(
        self,
        below: str,
        function: Callable[[Actor, Target], Result] | Callable[[Actor, Target, Given], Result],
        summary: str,
        query: type[Given] | None = None,
        **differences: Unpack[Differences],
    ) -> Route:
        """GET of something of one resource: `part("/logs", ...)`."""
        handler = self._handler(function, takes_query=query is not None)
        usual = Route("GET", self.resource_path + below, handler, self.reads, summary, query=query or NoQuery)
        return self._route(usual, differences)

    def change(
        self,
        function: Callable[[Actor, Target, Given], Result],
        body: type[Given],
        summary: str,
        **differences: Unpack[Differences],
    ) -> Route:
        """PATCH of one resource: what `body` leaves out stays."""
        return self.action("", function, summary, body, method="PATCH", **differences)

    def action(
        self,
        below: str,
        function: Callable[[Actor, Target], Result] | Callable[[Actor, Target, Given], Result],
        summary: str,
        body: type[Given] | None = None,
        *,
        method: str = "POST",
        **differences: Unpack[Differences],
    ) -> Route:
        """What else is done to one resource: `action("/cancel", ...)`."""
        handler = self._handler(function, takes_body=body is not None)
        usual = Route(
            method, self.resource_path + below, handler, self._writes(), summary, body=body, changes=True
        )
        return self._route(usual, differences)

    def delete(
        self,
        function: Callable[[Actor, Target], Result] | Callable[[Actor, Target, Given], Result],
        summary: str,
        query: type[Given] | None = None,
        **differences: Unpack[Differences],
    ) -> Route:
        handler = self._handler(function, takes_query=query is not None)
        usual = Route(
            "DELETE", self.resource_path, handler, self.deletes or self._writes(), summary, changes=True
        )
        return self._route(msgspec.structs.replace(usual, query=query or NoQuery), differences)

    @property
    def resource_path(self) -> str:
        """The path of one resource."""
        return f"{self.path}/{{{self.noun}}}"

    def _writes(self) -> Permission:
        assert self.writes is not None, f"{self.path} says no permission for its writing verbs"
        return self.writes

    def _handler(
        self, function: Callable[..., Result], *, takes_body: bool = False, takes_query: bool = False
    ) -> Callable[[Call], Result]:
        def handle(call: Call) -> Result:
            target = call.target(self.noun)
            if takes_body:
                return function(call.actor, target, call.body)
            return function(call.actor, target, call.query) if takes_query else function(call.actor, target)

        return handle

    def _place(self, differences: Differences) -> Callable[[Call], tuple[str, ...]]:
        """What of a call says where things are looked for or put."""
        if self.within:
            return lambda call: (call.path[self.within],)
        return (lambda call: (call.workspace,)) if differences.get("scoped", self.scoped) else lambda _: ()

    def _route(self, usual: Route, differences: Differences) -> Route:
        answer = self.view if usual.answer is None else usual.answer
        route = msgspec.structs.replace(usual, answer=answer, scoped=self.scoped)
        reason = differences.pop("signed_in", "")
        if reason:
            route = msgspec.structs.replace(route, permission=Open.SIGNED_IN, reason=reason)
        return msgspec.structs.replace(route, **differences)


def _rows_of(view: Any) -> Any:
    return list[view]


def _called(function: Callable[..., Result]) -> Callable[..., Result]:
    """With two arguments or three, as its collection says."""
    return function
