"""REST routes of virtual hosts, upstreams and templates."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import NamedTuple

from nimbus.edge.objects.history import DifferenceQuery, Histories, VersionDifference, WholeVersion
from nimbus.edge.objects.kinds import Kind
from nimbus.edge.objects.preview import Previews, PreviewView
from nimbus.edge.objects.records import Rollback, VersionView
from nimbus.edge.objects.service import EdgeObjects
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Page, PageQuery, Route


class Versions(PageQuery, forbid_unknown_fields=True):
    """The newest first."""


class Doors(NamedTuple):
    objects: EdgeObjects
    histories: Histories
    previews: Previews


def routes(kind: Kind, doors: Doors) -> list[Route]:
    objects = doors.objects
    one = f"{'an' if kind.noun[0] in 'aeiou' else 'a'} {kind.noun}"
    collection = Collection(
        kind.path,
        kind.name.value,
        kind.view,
        reads=Permission.CONFIG_READ,
        writes=Permission.CONFIG_WRITE,
        deletes=Permission.CONFIG_DELETE,
        scoped=True,
    )
    return [
        collection.list(objects.list, kind.query, f"List {kind.noun}s"),
        collection.create(objects.create, kind.request, f"Create {one}"),
        collection.show(objects.show, f"Show {one}"),
        collection.change(
            objects.change,
            kind.patch,
            f"Change {one}",
            description="No node is given it: a deploy does that.",
        ),
        collection.delete(objects.delete, f"Delete {one} that nothing uses, with all of its versions"),
        *_version_routes(doors, collection, one),
        *_preview_routes(kind, doors, collection, one),
    ]


def _version_routes(doors: Doors, collection: Collection, one: str) -> list[Route]:
    noun, histories = collection.noun, doors.histories

    async def versions(call: Call) -> Answer:
        rows, total = await histories.versions(call.actor, call.target(noun), call.query)
        return Answer(rows, page=Page(call.query.page, call.query.per_page, total))

    def version(call: Call) -> Awaitable[WholeVersion]:
        return histories.version(call.actor, call.target(noun), call.path["version"])

    return [
        Route(
            "GET",
            collection.resource_path + "/versions",
            versions,
            Permission.CONFIG_READ,
            f"List the versions of {one}",
            query=Versions,
            answer=list[VersionView],
            scoped=True,
        ),
        Route(
            "GET",
            collection.resource_path + "/versions/{version}",
            version,
            Permission.CONFIG_READ,
            f"Show a version of {one}",
            answer=WholeVersion,
            scoped=True,
        ),
        collection.part(
            "/diff",
            histories.difference,
            f"What differs between two versions of {one}",
            query=DifferenceQuery,
            answer=VersionDifference,
        ),
        collection.action(
            "/rollback",
            doors.objects.rollback,
            f"Make the content of an older version of {one} current again, as a new version",
            Rollback,
            creates=True,
        ),
    ]


def _preview_routes(kind: Kind, doors: Doors, collection: Collection, one: str) -> list[Route]:
    previews = doors.previews
    nothing_kept = "Answers with the problems, where there are any. Nothing is kept."
    return [
        Route(
            "POST",
            kind.path + "/preview",
            lambda call: previews.new(call.actor, call.body, call.workspace),
            Permission.CONFIG_READ,
            f"What would be written for {one} that is not there yet",
            body=kind.preview,
            answer=PreviewView,
            scoped=True,
            description=nothing_kept,
        ),
        collection.action(
            "/preview",
            previews.changed,
            f"What would be written for {one} with changes",
            kind.patch,
            permission=Permission.CONFIG_READ,
            answer=PreviewView,
            changes=False,
            description=nothing_kept,
        ),
    ]
