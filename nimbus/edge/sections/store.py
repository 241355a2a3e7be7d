"""SQL of sections."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.generation import JUMP
from nimbus.db.transaction import Row, placeholders
from nimbus.edge.sections.records import Entry, EntryKind, Head, Section
from nimbus.protocol.edge import ChallengeAnswer, EdgeSettings

_SECTION = "node_id, revision, kept_from, is_edge, settings, settings_revision, head"
_ENTRY = "kind, name, owner, version, revision, is_gone, sha256, body"
_settings = msgspec.json.Decoder(EdgeSettings)
_head = msgspec.json.Decoder(Head)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def base(tx: Transaction) -> int:
    """What is added to every revision when it is told: beyond all that an older generation of the database gave."""
    number = tx.value("SELECT number FROM database_generation WHERE id = 1")
    return (int(number or 1) - 1) * JUMP


def _section(row: Row) -> Section:
    return Section(
        node_id=row["node_id"],
        revision=row["revision"],
        kept_from=row["kept_from"],
        is_edge=bool(row["is_edge"]),
        settings=_settings.decode(row["settings"]),
        settings_revision=row["settings_revision"],
        head=_head.decode(row["head"]),
    )


def section(tx: Transaction, node_id: str) -> Section | None:
    row = tx.one(f"SELECT {_SECTION} FROM edge_sections WHERE node_id = ?", (node_id,))
    return _section(row) if row else None


def save(tx: Transaction, section: Section) -> None:
    tx.execute(
        f"INSERT INTO edge_sections ({_SECTION}) VALUES ({placeholders(7)})"
        " ON CONFLICT (node_id) DO UPDATE SET revision = excluded.revision, kept_from = excluded.kept_from,"
        " is_edge = excluded.is_edge, settings = excluded.settings,"
        " settings_revision = excluded.settings_revision, head = excluded.head",
        (
            section.node_id,
            section.revision,
            section.kept_from,
            int(section.is_edge),
            _json(section.settings),
            section.settings_revision,
            _json(section.head),
        ),
    )
    tx.execute(
        "DELETE FROM edge_entries WHERE node_id = ? AND is_gone = 1 AND revision <= ?",
        (section.node_id, section.kept_from),
    )


def revisions(tx: Transaction) -> dict[str, int]:
    added = base(tx)
    rows = tx.all("SELECT node_id, revision FROM edge_sections")
    return {row["node_id"]: added + row["revision"] for row in rows}


def _entry(row: Row) -> Entry:
    return Entry(
        kind=EntryKind(row["kind"]),
        name=row["name"],
        owner=row["owner"],
        version=row["version"],
        revision=row["revision"],
        is_gone=bool(row["is_gone"]),
        sha256=row["sha256"],
        body=row["body"],
    )


def entries(tx: Transaction, node_id: str, kind: EntryKind | None = None) -> list[Entry]:
    """Those that are not gone."""
    sql = f"SELECT {_ENTRY} FROM edge_entries WHERE node_id = ? AND is_gone = 0"
    rows = tx.all(sql, (node_id,)) if kind is None else tx.all(f"{sql} AND kind = ?", (node_id, kind))
    return [_entry(row) for row in rows]


def named(tx: Transaction, node_id: str, names: Collection[str]) -> list[Entry]:
    """Of any kind, gone ones too."""
    if not names:
        return []
    rows = tx.all(
        f"SELECT {_ENTRY} FROM edge_entries WHERE node_id = ? AND name IN ({placeholders(len(names))})",
        (node_id, *names),
    )
    return [_entry(row) for row in rows]


def owned(tx: Transaction, node_id: str, owners: Collection[str]) -> list[Entry]:
    if not owners:
        return []
    rows = tx.all(
        f"SELECT {_ENTRY} FROM edge_entries WHERE node_id = ? AND is_gone = 0"
        f" AND owner IN ({placeholders(len(owners))})",
        (node_id, *owners),
    )
    return [_entry(row) for row in rows]


def changed_since(tx: Transaction, node_id: str, revision: int) -> list[Entry]:
    rows = tx.all(
        f"SELECT {_ENTRY} FROM edge_entries WHERE node_id = ? AND revision > ?", (node_id, revision)
    )
    return [_entry(row) for row in rows]


def put(tx: Transaction, node_id: str, changed: Iterable[Entry], revision: int) -> None:
    tx.execute_many(
        f"INSERT INTO edge_entries (node_id, {_ENTRY}) VALUES ({placeholders(9)})"
        " ON CONFLICT (node_id, kind, name) DO UPDATE SET owner = excluded.owner, version = excluded.version,"
        " revision = excluded.revision, is_gone = excluded.is_gone, sha256 = excluded.sha256,"
        " body = excluded.body",
        [
            (
                node_id,
                entry.kind,
                entry.name,
                entry.owner,
                entry.version,
                revision,
                int(entry.is_gone),
                entry.sha256,
                entry.body,
            )
            for entry in changed
        ],
    )


def with_certificate(tx: Transaction, certificate_id: str) -> list[tuple[str, Entry]]:
    """(node id, entry) of every edge that serves it."""
    rows = tx.all(
        f"SELECT node_id, {_ENTRY} FROM edge_entries WHERE kind = 'certificate' AND name = ? AND is_gone = 0",
        (certificate_id,),
    )
    return [(row["node_id"], _entry(row)) for row in rows]


def host_counts(tx: Transaction) -> dict[str, int]:
    """Edge to how many virtual hosts it is to serve."""
    rows = tx.all(
        "SELECT node_id, COUNT(*) AS hosts FROM edge_entries WHERE kind = 'file' AND is_gone = 0"
        " GROUP BY node_id"
    )
    return {row["node_id"]: int(row["hosts"]) for row in rows}


# Texts.


def virtual_hosts_of(tx: Transaction, node_id: str) -> dict[str, str]:
    """Of those that a node serves, or served until a while ago, id to workspace id."""
    rows = tx.all(
        "SELECT DISTINCT owner FROM edge_entries WHERE node_id = ? AND kind = ? AND owner LIKE 'virtual_host/%'",
        (node_id, EntryKind.FILE.value),
    )
    ids = [row["owner"].partition("/")[2] for row in rows]
    found: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for row in tx.all(
            f"SELECT id, workspace_id FROM edge_objects WHERE id IN ({placeholders(len(some))})", some
        ):
            found[row["id"]] = row["workspace_id"]
    return found


def keep_texts(tx: Transaction, texts: Iterable[tuple[str, str]], now: int) -> None:
    """(SHA-256, text)."""
    tx.execute_many(
        "INSERT INTO edge_texts (sha256, text, used_at) VALUES (?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET used_at = excluded.used_at",
        [(digest, text, now) for digest, text in texts],
    )


def texts_of(tx: Transaction, node_id: str, digests: Sequence[str]) -> dict[str, str]:
    """Those of these that are in the node's section."""
    if not digests:
        return {}
    rows = tx.all(
        "SELECT DISTINCT t.sha256, t.text FROM edge_texts AS t JOIN edge_entries AS e ON e.sha256 = t.sha256"
        f" WHERE e.node_id = ? AND e.is_gone = 0 AND t.sha256 IN ({placeholders(len(digests))})",
        (node_id, *digests),
    )
    return {row["sha256"]: row["text"] for row in rows}


def text(tx: Transaction, digest: str) -> str | None:
    found: str | None = tx.value("SELECT text FROM edge_texts WHERE sha256 = ?", (digest,))
    return found


def forget_texts(tx: Transaction, before: int) -> int:
    """Those that no section names, and that were made or named last before."""
    return tx.execute(
        "DELETE FROM edge_texts WHERE used_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM edge_entries AS e WHERE e.sha256 = edge_texts.sha256 AND e.sha256 <> '')",
        (before,),
    )


# Servers that are nodes.


def set_node_servers(tx: Transaction, node_id: str, name: str, targets: Collection[str]) -> None:
    """Of one upstream block."""
    tx.execute("DELETE FROM edge_node_servers WHERE node_id = ? AND name = ?", (node_id, name))
    tx.execute_many(
        "INSERT INTO edge_node_servers (target_id, node_id, name) VALUES (?, ?, ?)",
        [(target, node_id, name) for target in sorted(set(targets))],
    )


def blocks_with(tx: Transaction, target_id: str) -> dict[str, list[str]]:
    """Edge to the names of its upstream blocks with a server that is this node."""
    found: dict[str, list[str]] = {}
    rows = tx.all(
        "SELECT node_id, name FROM edge_node_servers WHERE target_id = ? ORDER BY node_id, name", (target_id,)
    )
    for row in rows:
        found.setdefault(row["node_id"], []).append(row["name"])
    return found


def server_nodes(tx: Transaction) -> set[str]:
    """Nodes that are a server of some upstream block."""
    return {row["target_id"] for row in tx.all("SELECT DISTINCT target_id FROM edge_node_servers")}


def drained(tx: Transaction) -> set[str]:
    return {row["node_id"] for row in tx.all("SELECT node_id FROM edge_drained")}


def set_drained(tx: Transaction, node_id: str, now: int | None) -> None:
    """None: it is not."""
    tx.execute("DELETE FROM edge_drained WHERE node_id = ?", (node_id,))
    if now is not None:
        tx.execute("INSERT INTO edge_drained (node_id, since) VALUES (?, ?)", (node_id, now))


# Answers to certificate authorities.


def challenges(tx: Transaction, node_id: str) -> list[ChallengeAnswer]:
    rows = tx.all(
        "SELECT token, key_authorization FROM edge_challenges WHERE node_id = ? ORDER BY token", (node_id,)
    )
    return [ChallengeAnswer(row["token"], row["key_authorization"]) for row in rows]


def put_challenge(tx: Transaction, node_id: str, answer: ChallengeAnswer) -> None:
    tx.execute(
        "INSERT INTO edge_challenges (node_id, token, key_authorization) VALUES (?, ?, ?)"
        " ON CONFLICT (node_id, token) DO UPDATE SET key_authorization = excluded.key_authorization",
        (node_id, answer.token, answer.key_authorization),
    )


def remove_challenge(tx: Transaction, token: str) -> list[str]:
    """The nodes that had it."""
    rows = tx.all("SELECT node_id FROM edge_challenges WHERE token = ?", (token,))
    tx.execute("DELETE FROM edge_challenges WHERE token = ?", (token,))
    return [row["node_id"] for row in rows]


def raise_challenge_revision(tx: Transaction, node_id: str) -> int:
    tx.execute(
        "INSERT INTO edge_challenge_revisions (node_id, revision) VALUES (?, 1)"
        " ON CONFLICT (node_id) DO UPDATE SET revision = edge_challenge_revisions.revision + 1",
        (node_id,),
    )
    return challenge_revision(tx, node_id)


def challenge_revision(tx: Transaction, node_id: str) -> int:
    row = tx.one("SELECT revision FROM edge_challenge_revisions WHERE node_id = ?", (node_id,))
    return 0 if row is None else base(tx) + int(row["revision"])


def challenge_revisions(tx: Transaction) -> dict[str, int]:
    added = base(tx)
    rows = tx.all("SELECT node_id, revision FROM edge_challenge_revisions")
    return {row["node_id"]: added + row["revision"] for row in rows}


def delete_of_node(tx: Transaction, node_id: str) -> None:
    for table in (
        "edge_entries",
        "edge_node_servers",
        "edge_challenges",
        "edge_challenge_revisions",
        "edge_sections",
    ):
        tx.execute(f"DELETE FROM {table} WHERE node_id = ?", (node_id,))
