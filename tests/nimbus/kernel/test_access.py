"""Who may act on whom: pure."""

from __future__ import annotations

import pytest

from nimbus.kernel.access import (
    ALL_PERMISSIONS,
    EVERYWHERE,
    NOWHERE,
    Access,
    Actor,
    Permission,
    covers,
    covers_now,
    narrowed,
)
from nimbus.kernel.errors import Forbidden
from nimbus.kernel.permission_words import PERMISSION_WORDS, RESOURCE_TITLES

READ, WRITE = frozenset({Permission.AGENT_READ}), frozenset({Permission.AGENT_READ, Permission.AGENT_WRITE})

FOR_A_WHILE = Access(workspaces={"w": WRITE}, later=((10, NOWHERE),))


@pytest.mark.parametrize(
    ("mine", "theirs", "yes"),
    [
        (NOWHERE, NOWHERE, True),
        (EVERYWHERE, EVERYWHERE, True),
        (EVERYWHERE, Access(workspaces={"w": ALL_PERMISSIONS}), True),
        (Access(organizations={"o": WRITE}), EVERYWHERE, False),
        (Access(organizations={"o": WRITE}), Access(organizations={"o": READ}), True),
        (Access(organizations={"o": READ}), Access(organizations={"o": WRITE}), False),
        (Access(organizations={"o": WRITE}), Access(organizations={"p": READ}), False),
        (Access(workspaces={"w": WRITE}), Access(workspaces={"w": READ}), True),
        (Access(workspaces={"w": READ}), Access(workspaces={"w": WRITE}), False),
        (Access(everywhere=READ), Access(workspaces={"w": READ}), True),
        (Access(everywhere=READ), Access(workspaces={"w": WRITE}), False),
        (Access(everywhere=ALL_PERMISSIONS, tenant="t"), NOWHERE, False),
        (Access(everywhere=ALL_PERMISSIONS, tenant="t"), Access(tenant="t"), True),
        (FOR_A_WHILE, Access(workspaces={"w": READ}), False),
        (FOR_A_WHILE, FOR_A_WHILE, True),
        (FOR_A_WHILE, Access(workspaces={"w": READ}, later=((9, NOWHERE),)), True),
        (FOR_A_WHILE, Access(workspaces={"w": READ}, later=((11, NOWHERE),)), False),
        (Access(workspaces={"w": WRITE}), FOR_A_WHILE, True),
    ],
)
def test_who_acts_on_another_gains_nothing(mine: Access, theirs: Access, yes: bool) -> None:
    assert covers(mine, theirs) is yes


def test_a_narrowed_key_ends_with_what_it_is_narrowed_from() -> None:
    cut = narrowed(FOR_A_WHILE, workspace_id="w", permissions=READ, tenant="t")
    assert cut.at(9) == cut
    assert cut.workspaces == {"w": READ}
    assert cut.at(10) == Access(workspaces={"w": frozenset()}, tenant="t")
    assert covers_now(FOR_A_WHILE, Access(workspaces={"w": READ}))


def test_every_permission_says_what_it_is_for() -> None:
    assert set(PERMISSION_WORDS) == set(Permission)
    assert set(RESOURCE_TITLES) == {permission.value.partition(":")[0] for permission in Permission}


def test_only_who_has_everything_may_make_those_who_have() -> None:
    almost = Actor(kind="user", id="u", name="ada", access=Access(everywhere=ALL_PERMISSIONS - READ))
    with pytest.raises(Forbidden, match="make administrators"):
        almost.require_all("make administrators")
    with pytest.raises(Forbidden, match="bob may do things that you may not"):
        almost.require_cover(Access(workspaces={"w": READ}), "bob")
    Actor(kind="user", id="u", name="ada", access=EVERYWHERE).require_all("make administrators")


def test_a_narrowed_key_is_nobody_of_its_own() -> None:
    own = Actor(kind="user", id="u", name="ada", user_id="u")
    assert own.self_id == "u"
    cut = Actor(kind="user", id="u", name="ada", user_id="u", narrowed=True)
    assert cut.self_id == ""
    with pytest.raises(Forbidden, match="narrowed"):
        cut.check_not_narrowed()
