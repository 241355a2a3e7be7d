"""SQL of invites."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from nimbus.correspondence.invites.records import Invite, InviteQuery, State
from nimbus.db import Transaction
from nimbus.db.labels import labels_of
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, Value, placeholders

_FIELDS = Invite.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_PENDING = "accepted_at IS NULL AND revoked_at IS NULL AND expires_at > ?"
_groups = msgspec.json.Decoder(tuple[str, ...])


def _invite(row: Row) -> Invite:
    values = {name: row[name] for name in _FIELDS}
    values["group_ids"] = _groups.decode(values["group_ids"])
    values["labels"] = labels_of(values["labels"])
    return Invite(**values)


def _values(invite: Invite) -> list[Value]:
    return [
        msgspec.json.encode(value).decode() if isinstance(value, tuple | dict) else value
        for value in msgspec.structs.astuple(invite)
    ]


def insert(tx: Transaction, invite: Invite) -> None:
    tx.execute(f"INSERT INTO invites ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})", _values(invite))


def update(tx: Transaction, invite: Invite) -> bool:
    """Whether it was still open, neither accepted nor revoked: of two at once one is first."""
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    changed = tx.execute(
        f"UPDATE invites SET {settings} WHERE id = ? AND accepted_at IS NULL AND revoked_at IS NULL",
        [*_values(invite)[1:], invite.id],
    )
    return changed == 1


def get(tx: Transaction, invite_id: str) -> Invite | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM invites WHERE id = ?", (invite_id,))
    return _invite(row) if row else None


def by_token(tx: Transaction, token_hash: str) -> Invite | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM invites WHERE token_hash = ?", (token_hash,))
    return _invite(row) if row else None


def pending_for(tx: Transaction, organization_id: str, email: str, now: int) -> Invite | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM invites WHERE organization_id = ? AND email = ? AND {_PENDING}",
        (organization_id, email, now),
    )
    return _invite(row) if row else None


def pending_in(tx: Transaction, column: str, place_id: str, now: int) -> list[Invite]:
    """`column` is workspace_id or organization_id."""
    assert column in ("workspace_id", "organization_id")
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM invites WHERE {column} = ? AND {_PENDING} ORDER BY email", (place_id, now)
    )
    return [_invite(row) for row in rows]


def count_since(tx: Transaction, organization_id: str, since: int) -> int:
    return int(
        tx.value(
            "SELECT COALESCE(SUM(sent), 0) FROM invites WHERE organization_id = ? AND updated_at >= ?",
            (organization_id, since),
        )
    )


def forget(tx: Transaction, before: int) -> None:
    """What ended long ago."""
    tx.execute(
        "DELETE FROM invites WHERE updated_at < ? AND (accepted_at IS NOT NULL OR revoked_at IS NOT NULL OR"
        " expires_at < ?)",
        (before, before),
    )


def select(
    tx: Transaction,
    query: InviteQuery,
    *,
    within: Collection[str] | None,
    organization_id: str | None,
    now: int,
) -> tuple[list[Invite], int]:
    selection = Selection().within("organization_id", within).equal("organization_id", organization_id)
    selection.equal("email", None if query.email is None else query.email.lower())
    selection.labelled("labels", query.label)
    _in_state(selection, query.state, now)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "invites",
        order=query.order,
        sortable={name: name for name in InviteQuery.SORTS},
        default="created_at DESC, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_invite(row) for row in rows], total


def _in_state(selection: Selection, state: State | None, now: int) -> None:
    if state == "pending":
        selection.where(_PENDING, now)
    elif state == "expired":
        selection.where("accepted_at IS NULL AND revoked_at IS NULL AND expires_at <= ?", now)
    elif state is not None:
        selection.where(f"{state}_at IS NOT NULL")
