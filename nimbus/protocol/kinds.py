"""The task kinds: one order to one node. The control plane validates parameters against these types before a
task is stored, the agent decodes them into the same ones."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

import msgspec

from nimbus.protocol.errors import NimbusError

# Of a node: what only one task at a time may work at.
Resource = Literal["docker", "k3s", "nginx", "packages"]
# Of a parameter: shown to nobody. It is sealed where it is stored, and opened when the order goes out.
Secret = Annotated[
    str, msgspec.Meta(extra={"secret": True}, extra_json_schema={"writeOnly": True, "format": "password"})
]
# What stands in the place of such a value wherever it is shown.
MASK = "***"


class TaskKind(msgspec.Struct, frozen=True):
    """`timeout_s` bounds one attempt on the node; `max_attempts` counts the first one too. Tasks that name a
    resource in `exclusive` run one after the other on a node. A `quick` kind changes nothing and takes seconds:
    it runs beside what takes long, however much of that there is. `result_secrets` are fields of the result that
    are as secret as parameters of type `Secret`."""

    name: str
    summary: str
    parameters: type[msgspec.Struct]
    timeout_s: int = 60
    max_attempts: int = 3
    exclusive: tuple[Resource, ...] = ()
    quick: bool = False
    result_secrets: tuple[str, ...] = ()

    @property
    def retryable(self) -> bool:
        """Whether a failed attempt is repeated by itself."""
        return self.max_attempts > 1


def _whole(description: str, least: int, most: int) -> msgspec.Meta:
    """For forms; what is outside is refused in `__post_init__`, in words."""
    return msgspec.Meta(description=description, extra_json_schema={"minimum": least, "maximum": most})


class CollectFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class RestartAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class RestartAgentResult(msgspec.Struct, frozen=True):
    """`start_id` is that of the agent which was told to go: once another is heard of, it has come back. Empty: it
    has been started anew already."""

    start_id: str


class MeshProbe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`count` echo requests to each peer, each waited for at most `wait_ms` milliseconds."""

    count: Annotated[int, _whole("echo requests to each peer", 1, 20)] = 3
    wait_ms: Annotated[int, _whole("milliseconds to wait for each answer", 50, 10_000)] = 1000

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 20:
            raise ValueError("count must be from 1 to 20")
        if not 50 <= self.wait_ms <= 10_000:
            raise ValueError("wait_ms must be from 50 to 10000")


KINDS: dict[str, TaskKind] = {
    kind.name: kind
    for kind in (
        TaskKind(
            "collect_facts",
            "Look at the machine again: OS, CPU, memory, disks, GPUs.",
            CollectFacts,
            quick=True,
        ),
        TaskKind(
            "mesh_probe",
            "Measure the way to every mesh peer: last handshake, round trip, bytes.",
            MeshProbe,
            timeout_s=120,
        ),
        TaskKind(
            "restart_agent",
            "Start the node's agent anew: from its file on disk, with its configuration read again.",
            RestartAgent,
        ),
    )
}


def exclusive_resources(kind: str) -> frozenset[str]:
    """What a task of this kind needs for itself; nothing for a kind that is not known here."""
    return frozenset(KINDS[kind].exclusive) if kind in KINDS else frozenset()


def is_quick(kind: str) -> bool:
    return kind in KINDS and KINDS[kind].quick


def secret_parameters(kind: str) -> frozenset[str]:
    """The names of the parameters of this kind that are of type `Secret`."""
    return _secret_fields(KINDS[kind].parameters) if kind in KINDS else frozenset()


def secret_results(kind: str) -> frozenset[str]:
    return frozenset(KINDS[kind].result_secrets) if kind in KINDS else frozenset()


@functools.cache
def _secret_fields(parameters: type[msgspec.Struct]) -> frozenset[str]:
    fields = msgspec.inspect.type_info(parameters).fields  # type: ignore[attr-defined]
    return frozenset(field.encode_name for field in fields if _is_secret(field.type))


def _is_secret(described: msgspec.inspect.Type) -> bool:
    if isinstance(described, msgspec.inspect.UnionType):
        return any(_is_secret(one) for one in described.types)
    extra = described.extra if isinstance(described, msgspec.inspect.Metadata) else None
    return bool(extra and extra.get("secret"))


class UnknownKind(NimbusError):
    code = "VALIDATION_ERROR"


def decode_parameters(kind: str, parameters: dict[str, Any], *, strict: bool = True) -> msgspec.Struct:
    """Raises UnknownKind or msgspec.ValidationError. `strict=False` also reads numbers from text (the CLI)."""
    if kind not in KINDS:
        raise UnknownKind(
            f"unknown task kind {kind!r}", next_step=f"Known kinds: {', '.join(sorted(KINDS))}."
        )
    return msgspec.convert(parameters, KINDS[kind].parameters, strict=strict)
