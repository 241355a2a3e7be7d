"""What grants come to: against a slow reading of the rule, over every shape of grants."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nimbus.kernel.access import ALL_PERMISSIONS, EVERYWHERE, NOWHERE, Access, Actor, Permission, narrowed
from nimbus.kernel.errors import Forbidden, NotFound
from nimbus.people.roles.records import Grant
from nimbus.people.roles.rules import BUILT_IN, BUILT_IN_BY_NAME, missing_to_give, sum_up

WORKSPACES = {"o1": ["a", "b"], "o2": ["c"], "o3": []}
KNOWN = frozenset({Permission.ORGANIZATION_READ})
permissions = st.frozensets(st.sampled_from(sorted(Permission)), max_size=6)
places = st.sampled_from([("o1", None), ("o1", "a"), ("o1", "b"), ("o2", None), ("o2", "c"), ("o3", None)])
grants = st.lists(
    st.builds(lambda held, place: Grant("b", "r", held, *place), permissions, places), max_size=6
)


def actor(access: Access) -> Actor:
    return Actor(kind="user", id="u", name="u", access=access)


@given(grants, st.frozensets(st.sampled_from(sorted(WORKSPACES))))
def test_a_permission_holds_where_a_grant_says_so_and_nowhere_else(
    given_grants: list[Grant], visible: frozenset[str]
) -> None:
    asked = actor(sum_up(given_grants, WORKSPACES, visible))
    for permission in Permission:
        for organization, workspaces in WORKSPACES.items():
            whole = any(
                g.organization_id == organization and g.workspace_id is None and permission in g.permissions
                for g in given_grants
            )
            known = permission is Permission.ORGANIZATION_READ and any(
                g.organization_id == organization and permission in g.permissions for g in given_grants
            )
            assert asked.holds_in_organization(permission, organization) == (whole or known)
            for workspace in workspaces:
                here = any(g.workspace_id == workspace and permission in g.permissions for g in given_grants)
                beside = (
                    organization in visible
                    and permission in BUILT_IN_BY_NAME["viewer"].permissions
                    and any(
                        g.organization_id == organization and g.workspace_id and permission in g.permissions
                        for g in given_grants
                    )
                )
                assert asked.holds(permission, workspace) == (whole or here or beside)
        assert not asked.holds_everywhere(permission)


@given(
    st.lists(
        st.builds(
            lambda held, place, end: Grant("b", "r", held, place[0], place[1], expires_at=end),
            permissions,
            places,
            st.sampled_from([None, 10, 20]),
        ),
        max_size=6,
    ),
    st.frozensets(st.sampled_from(sorted(WORKSPACES))),
)
def test_what_is_left_later_is_what_the_others_come_to(
    given_grants: list[Grant], visible: frozenset[str]
) -> None:
    whole = sum_up(given_grants, WORKSPACES, visible)
    assert [since for since, _ in whole.later] == sorted({g.expires_at for g in given_grants if g.expires_at})
    for moment in (9, 10, 19, 20):
        left = [g for g in given_grants if g.expires_at is None or g.expires_at > moment]
        then = sum_up([msgspec.structs.replace(g, expires_at=None) for g in left], WORKSPACES, visible)
        assert msgspec.structs.replace(whole.at(moment), later=()) == then
        wanted = frozenset().union(*(g.permissions for g in left if g.workspace_id == "a"))
        if left == given_grants or moment >= 10:
            assert missing_to_give(actor(then), wanted, "o1", "a") == []
    ending = frozenset().union(
        *(g.permissions for g in given_grants if g.workspace_id == "a" and g.expires_at == 10)
    )
    lasting = actor(whole.at(20))
    lost = {permission for permission in ending if not lasting.holds(permission, "a")}
    assert set(missing_to_give(actor(whole), ending, "o1", "a")) == {one.value for one in lost}
    assert missing_to_give(actor(whole), ending, "o1", "a", until=10) == []


@given(grants)
def test_lists_and_single_questions_agree(given_grants: list[Grant]) -> None:
    asked = actor(sum_up(given_grants, WORKSPACES))
    everything = [workspace for inner in WORKSPACES.values() for workspace in inner]
    for permission in Permission:
        within = asked.workspaces_with(permission)
        assert within == frozenset(one for one in everything if asked.holds(permission, one))
        wholes = asked.organizations_with(permission)
        assert wholes == frozenset(o for o in WORKSPACES if asked.holds_in_organization(permission, o))
        assert asked.holds_somewhere(permission) == bool(within or wholes)


@given(grants, st.none() | st.sampled_from(["a", "b", "c", "gone"]), st.none() | permissions)
def test_narrowing_never_adds(
    given_grants: list[Grant], workspace: str | None, held: frozenset[Permission] | None
) -> None:
    for whole in (sum_up(given_grants, WORKSPACES), EVERYWHERE):
        cut = actor(narrowed(whole, workspace_id=workspace, permissions=held))
        for permission in Permission:
            for one in ("a", "b", "c", "gone"):
                wanted = (
                    actor(whole).holds(permission, one)
                    and workspace in (None, one)
                    and (held is None or permission in held)
                )
                assert cut.holds(permission, one) == wanted
            for organization in WORKSPACES:
                assert not cut.holds_in_organization(permission, organization) or (
                    workspace is None
                    and actor(whole).holds_in_organization(permission, organization)
                    and (held is None or permission in held)
                )
            assert not (workspace and cut.holds_everywhere(permission))


@given(grants, permissions, places)
@example([Grant("b", "r", KNOWN, "o1", "a")], KNOWN, ("o1", None))
def test_nobody_gives_what_they_do_not_have(
    given_grants: list[Grant], wanted: frozenset[Permission], place: tuple[str, str | None]
) -> None:
    giver = actor(sum_up(given_grants, WORKSPACES))
    organization, workspace = place
    missing = missing_to_give(giver, wanted, organization, workspace)
    taker = actor(sum_up([Grant("b", "r", wanted - set(map(Permission, missing)), *place)], WORKSPACES))
    for permission in Permission:
        for one in ("a", "b", "c"):
            assert not taker.holds(permission, one) or giver.holds(permission, one)
    assert missing_to_give(actor(EVERYWHERE), wanted, organization, workspace) == []


def test_a_tenants_key_may_nothing_outside_its_tenant() -> None:
    bound = actor(Access(everywhere=ALL_PERMISSIONS, workspaces={"a": ALL_PERMISSIONS}, tenant="blue"))
    for permission in Permission:
        assert not bound.holds(permission, "a")
        assert bound.holds(permission, "a", tenant="blue")
        assert not bound.holds(permission, "a", tenant="red")
        assert not bound.holds_everywhere(permission)
        assert not bound.holds_in_organization(permission, "o1")
        assert bound.workspaces_with(permission) == frozenset() == bound.organizations_with(permission)


def test_the_built_in_roles_contain_each_other() -> None:
    owner, admin, operator, viewer = (role.permissions for role in BUILT_IN)
    assert viewer < operator < admin < owner
    assert {p for p in viewer if not p.is_read} == set()
    assert owner - admin == {Permission.ORGANIZATION_DELETE}
    for role in (operator, viewer):
        assert Permission.SECRET_REVEAL not in role
        assert not any(p.value.partition(":")[0] in ("user", "role", "key", "invite", "audit") for p in role)
    of_none = {Permission.SETTINGS_READ, Permission.SETTINGS_WRITE, Permission.CERTIFICATE_EXPORT}
    assert of_none == ALL_PERMISSIONS - owner


def test_who_may_nothing_hears_the_permissions_name_and_who_may_not_see_hears_nothing() -> None:
    nobody = actor(NOWHERE)
    with pytest.raises(Forbidden, match="agent:read"):
        nobody.require(Permission.AGENT_READ)
    with pytest.raises(Forbidden, match=r"settings:write on the whole control plane"):
        nobody.require_everywhere(Permission.SETTINGS_WRITE)
    reader = actor(Access(workspaces={"a": frozenset({Permission.AGENT_READ})}))
    absent = NotFound("there is no node 'x'")
    with pytest.raises(NotFound):
        reader.admit(Permission.AGENT_WRITE, "b", read=Permission.AGENT_READ, absent=absent)
    with pytest.raises(Forbidden, match="agent:write"):
        reader.admit(Permission.AGENT_WRITE, "a", read=Permission.AGENT_READ, absent=absent)
