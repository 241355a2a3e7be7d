"""Types of the policy."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from nimbus.kernel.shapes import line, matching, shaped
from nimbus.protocol.port_set import PORTS

Action = Literal["allow", "deny"]
Change = Literal["joined", "parted", "widened", "narrowed"]

MAX_RULES, MAX_TESTS, MAX_LABELS, MAX_PORTS, MAX_NAME = 100, 200, 16, 64, 64
Port = Annotated[str, matching(PORTS)]
_FOREIGN = {"properties": {"organization": {"minLength": 1}}, "required": ["organization"]}
_ONE_FOREIGN = shaped(
    **{"not": {"properties": {"from": _FOREIGN, "to": _FOREIGN}, "required": ["from", "to"]}}
)


class Selector(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Members: of a workspace ("": of any), with all of these labels. `organization`: of another one."""

    organization: str = ""
    workspace: str = ""
    labels: Annotated[dict[str, str], shaped(maxProperties=MAX_LABELS)] = {}


class PolicyRule(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"from_": "from"}
):
    """Whether members that `from` selects and members that `to` selects talk, in both directions. Left out: all of
    the organization. With `ports` (`nimbus.protocol.port_set`): what `from` opens on `to`, at these alone."""

    name: Annotated[str, line(MAX_NAME, blank=False)]
    action: Action
    from_: Selector = Selector()
    to: Selector = Selector()
    ports: Annotated[tuple[Port, ...], shaped(minItems=1, maxItems=MAX_PORTS)] | None = None


class PolicyTest(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"from_": "from"}
):
    """What has to hold for two nodes, by name, id, or workspace/name. A document that breaks it is refused. Without
    `port` it is of both directions, and of everything; with one, of what `from` opens on `to`."""

    from_: str
    to: str
    allowed: bool = True
    port: Annotated[str, matching(PORTS, empty=True)] = ""


class MeshPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The document of an organization. `default`: what holds for two of its members that no rule names."""

    default: Action = "allow"
    rules: Annotated[tuple[Annotated[PolicyRule, _ONE_FOREIGN], ...], shaped(maxItems=MAX_RULES)] = ()
    tests: Annotated[tuple[PolicyTest, ...], shaped(maxItems=MAX_TESTS)] = ()


class StoredPolicy(msgspec.Struct, frozen=True):
    """`policy` names organizations and workspaces by id, so that it holds when they are renamed."""

    policy: MeshPolicy
    revision: int
    updated_at: int
    updated_by: str


class PolicyQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`organization`: name or id; not given: the only one, or `default`."""

    organization: str = ""


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """`revision` 0: there is no document; what is shown then is what holds without one. `keep_no_ports`: as in
    `PolicyPreview`, of the nodes that the reader sees."""

    organization_id: str
    organization: str
    revision: int
    policy: MeshPolicy
    keep_no_ports: list[str]
    updated_at: str | None
    updated_by: str


class PolicyChange(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A pair of nodes that a document would join or part, or for which it would open more (`widened`), or close
    some of what is open (`narrowed`, whatever else it opens). `allowed`: something is open afterwards; `opens` is
    what `from` can open on `to` then, `opened` what `to` may open on `from`. `rule`: the one that decides, "" for
    none."""

    from_: str
    to: str
    allowed: bool
    rule: str
    change: Change
    opens: tuple[str, ...]
    opened: tuple[str, ...]


class PolicyPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a document would change: how many pairs of each kind, and the first of them. `keep_no_ports`: the first
    nodes that would be kept apart from others because they cannot keep what the rules say of ports."""

    joined: int
    parted: int
    widened: int
    narrowed: int
    changes: list[PolicyChange]
    keep_no_ports: list[str]
