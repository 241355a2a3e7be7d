"""The task kinds: one order to one node. The control plane validates parameters against these types before a
task is stored, the agent decodes them into the same ones."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from nimbus.protocol.errors import NimbusError

# Of a node: what only one task at a time may work at.
Resource = Literal["docker", "k3s", "nginx", "packages"]
# Of a parameter: shown to nobody. It is sealed where it is stored, and opened when the order goes out.
Secret = Annotated[
    str, msgspec.Meta(extra={"secret": True}, extra_json_schema={"writeOnly": True, "format": "password"})
]
# Of a parameter: the SHA-256 of an artifact. A task that names one in such a parameter may have its node fetch it.
ArtifactSum = Annotated[
    str,
    msgspec.Meta(
        description="SHA-256 of an artifact, 64 hexadecimal digits",
        extra={"artifact": True},
        extra_json_schema={"pattern": "^[0-9a-f]{64}$"},
    ),
]
_SUM = re.compile(r"[0-9a-f]{64}", re.ASCII)
MAX_ARTIFACT_BYTES = 2**40
# Of one check of nginx's.
MAX_CHECKED_FILES, MAX_CHECKED_CHARACTERS = 200, 512 * 1024
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,120}", re.ASCII)
# What stands in the place of such a value wherever it is shown.
MASK = "***"


class TaskKind(msgspec.Struct, frozen=True):
    """`timeout_s` bounds one attempt on the node; `max_attempts` counts the first one too. Tasks that name a
    resource in `exclusive` run one after the other on a node. A `quick` kind changes nothing and takes seconds:
    it runs beside what takes long, however much of that there is. `result_secrets` are fields of the result that
    are as secret as parameters of type `Secret`. `is_part`: it is ordered as a part of something larger alone."""

    name: str
    summary: str
    parameters: type[msgspec.Struct]
    timeout_s: int = 60
    max_attempts: int = 3
    exclusive: tuple[Resource, ...] = ()
    quick: bool = False
    result_secrets: tuple[str, ...] = ()
    is_part: bool = False

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


class FetchArtifact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name` is for people."""

    sha256: ArtifactSum
    size: Annotated[int, _whole("its size in bytes", 1, MAX_ARTIFACT_BYTES)]
    name: Annotated[str, msgspec.Meta(description="what to call it in the task's log")] = ""

    def __post_init__(self) -> None:
        if not _SUM.fullmatch(self.sha256):
            raise ValueError("sha256 must be 64 hexadecimal digits, in lower case")
        if not 1 <= self.size <= MAX_ARTIFACT_BYTES:
            raise ValueError(f"size must be from 1 to {MAX_ARTIFACT_BYTES}")
        if len(self.name) > 200 or not self.name.isprintable():
            raise ValueError("name must be at most 200 printable characters")


class FetchArtifactResult(msgspec.Struct, frozen=True):
    """`fetched` bytes came over the network now; the others were there from before."""

    sha256: str
    size: int
    fetched: int


class EdgeDeploy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The node applies its section `edge` once that has at least this generation. The result is a DeployReport; it
    fails, with that result, unless the outcome is proven or written."""

    generation: Annotated[int, _whole("the generation to be served", 1, 2**53)]


class NginxAction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result is what nginx said: `{"output": ...}`."""

    action: Annotated[
        Literal["start", "stop", "reload", "restart", "test"], msgspec.Meta(description="what nginx is to do")
    ]


class CheckedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`name` without its ending."""

    name: str
    text: str


class NginxCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All files that stand in `http`: those of the edge as a whole, too. Certificates, logs and sockets in them are
    exchanged for others."""

    files: Annotated[tuple[CheckedFile, ...], msgspec.Meta(description="the files, with names and texts")]

    def __post_init__(self) -> None:
        if not 1 <= len(self.files) <= MAX_CHECKED_FILES:
            raise ValueError(f"there must be from 1 to {MAX_CHECKED_FILES} files")
        if sum(len(file.text) for file in self.files) > MAX_CHECKED_CHARACTERS:
            raise ValueError(f"the files must have at most {MAX_CHECKED_CHARACTERS} characters")
        if not all(_FILE_NAME.fullmatch(file.name) for file in self.files):
            raise ValueError("a name of a file must be of a-z, 0-9, dots, dashes and underscores")


class FileProblem(msgspec.Struct, frozen=True):
    """What nginx says. `level`: `emerg`, `warn` and so on; `file` "" and `line` 0 where it names none."""

    level: str
    message: str
    file: str = ""
    line: int = 0


class NginxCheckResult(msgspec.Struct, frozen=True):
    """`version_text` is what `nginx -V` says."""

    ok: bool
    version_text: str
    problems: tuple[FileProblem, ...] = ()


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
            "edge_deploy",
            "Serve what the edge's desired state says, proven by nginx's own answer, or stay as it is.",
            EdgeDeploy,
            timeout_s=600,
            max_attempts=1,
            exclusive=("nginx",),
            is_part=True,
        ),
        TaskKind(
            "fetch_artifact",
            "Fetch an artifact from the control plane and keep it on the node.",
            FetchArtifact,
            timeout_s=2 * 3600,
        ),
        TaskKind(
            "mesh_probe",
            "Measure the way to every mesh peer: last handshake, round trip, bytes.",
            MeshProbe,
            timeout_s=120,
        ),
        TaskKind(
            "nginx",
            "Start, stop, reload, restart or test the nginx of an edge.",
            NginxAction,
            timeout_s=120,
            max_attempts=1,
            exclusive=("nginx",),
        ),
        TaskKind(
            "nginx_check",
            "Say whether the nginx of the node would take a set of files; none of it is served.",
            NginxCheck,
            max_attempts=1,
            quick=True,
            is_part=True,
        ),
        TaskKind(
            "restart_agent",
            "Restart the node's agent, with its file and its configuration read again.",
            RestartAgent,
        ),
    )
}


def exclusive_resources(kind: str) -> frozenset[str]:
    """What a task of this kind needs for itself; nothing for a kind that is not known here."""
    return frozenset(KINDS[kind].exclusive) if kind in KINDS else frozenset()


def is_quick(kind: str) -> bool:
    return kind in KINDS and KINDS[kind].quick


def is_part(kind: str) -> bool:
    return kind in KINDS and KINDS[kind].is_part


def secret_parameters(kind: str) -> frozenset[str]:
    """The names of the parameters of this kind that are of type `Secret`."""
    return _fields_with("secret", KINDS[kind].parameters) if kind in KINDS else frozenset()


def artifact_parameters(kind: str) -> frozenset[str]:
    """The names of the parameters of this kind that are of type `ArtifactSum`."""
    return _fields_with("artifact", KINDS[kind].parameters) if kind in KINDS else frozenset()


def names_artifact(kind: str, parameters: Mapping[str, Any], sha256: str) -> bool:
    """Whether a task of this kind and with these parameters is about that artifact."""
    return any(parameters.get(name) == sha256 for name in artifact_parameters(kind))


def secret_results(kind: str) -> frozenset[str]:
    return frozenset(KINDS[kind].result_secrets) if kind in KINDS else frozenset()


@functools.cache
def _fields_with(mark: str, parameters: type[msgspec.Struct]) -> frozenset[str]:
    fields = msgspec.inspect.type_info(parameters).fields  # type: ignore[attr-defined]
    return frozenset(field.encode_name for field in fields if _carries(mark, field.type))


def _carries(mark: str, described: msgspec.inspect.Type) -> bool:
    if isinstance(described, msgspec.inspect.UnionType):
        return any(_carries(mark, member) for member in described.types)
    extra = described.extra if isinstance(described, msgspec.inspect.Metadata) else None
    return bool(extra and extra.get(mark))


class UnknownKind(NimbusError):
    code = "VALIDATION_ERROR"


def decode_parameters(kind: str, parameters: dict[str, Any], *, strict: bool = True) -> msgspec.Struct:
    """Raises UnknownKind or msgspec.ValidationError. `strict=False` also reads numbers from text (the CLI)."""
    if kind not in KINDS:
        raise UnknownKind(
            f"unknown task kind {kind!r}", next_step=f"Known kinds: {', '.join(sorted(KINDS))}."
        )
    return msgspec.convert(parameters, KINDS[kind].parameters, strict=strict)
