"""SQL of mail."""

from __future__ import annotations

import msgspec

from nimbus.correspondence.mail.records import MailSettings, MessageQuery, Queued
from nimbus.db import Transaction
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders

_SETTINGS = MailSettings.__struct_fields__
_FIELDS = Queued.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)


def settings(tx: Transaction) -> MailSettings:
    """The row is there from the migration on."""
    row = tx.one(f"SELECT {', '.join(_SETTINGS)} FROM mail_settings WHERE id = 1")
    assert row is not None
    values = {name: row[name] for name in _SETTINGS}
    return MailSettings(**{**values, "enabled": bool(values["enabled"])})


def set_settings(tx: Transaction, settings: MailSettings) -> None:
    values = [int(value) if isinstance(value, bool) else value for value in msgspec.structs.astuple(settings)]
    tx.execute(
        f"UPDATE mail_settings SET {', '.join(f'{name} = ?' for name in _SETTINGS)} WHERE id = 1", values
    )


def _queued(row: Row) -> Queued:
    return Queued(**{name: row[name] for name in _FIELDS})


def insert(tx: Transaction, message: Queued) -> None:
    tx.execute(
        f"INSERT INTO outbox ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})",
        msgspec.structs.astuple(message),
    )


def count_queued(tx: Transaction) -> int:
    return int(tx.value("SELECT COUNT(*) FROM outbox WHERE state = 'queued'"))


def count_to(tx: Transaction, recipient: str, since: int) -> int:
    return int(
        tx.value("SELECT COUNT(*) FROM outbox WHERE recipient = ? AND created_at >= ?", (recipient, since))
    )


def next_due(tx: Transaction) -> Queued | None:
    """The queued one that is due first, now or later."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM outbox WHERE state = 'queued' ORDER BY due_at, created_at, id LIMIT 1"
    )
    return _queued(row) if row else None


def newest_about(tx: Transaction, reference: str) -> Queued | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM outbox WHERE reference = ? ORDER BY created_at DESC, id LIMIT 1",
        (reference,),
    )
    return _queued(row) if row else None


def try_again(tx: Transaction, mail_id: str, attempts: int, due_at: int, answer: str) -> None:
    tx.execute(
        "UPDATE outbox SET attempts = ?, due_at = ?, answer = ? WHERE id = ? AND state = 'queued'",
        (attempts, due_at, answer, mail_id),
    )


def hold(tx: Transaction, mail_id: str, due_at: int, until: int) -> bool:
    """Keep it from whoever looks for what is due; False when it is not as it was any more."""
    return (
        tx.execute(
            "UPDATE outbox SET due_at = ? WHERE id = ? AND state = 'queued' AND due_at = ?",
            (until, mail_id, due_at),
        )
        == 1
    )


def defer(tx: Transaction, until: int) -> None:
    """All that is due before."""
    tx.execute("UPDATE outbox SET due_at = ? WHERE state = 'queued' AND due_at < ?", (until, until))


def hasten(tx: Transaction, now: int) -> None:
    """All that waits for a later try."""
    tx.execute("UPDATE outbox SET due_at = ? WHERE state = 'queued' AND due_at > ?", (now, now))


def expire(tx: Transaction, now: int) -> None:
    """Give up what is too old; its content goes."""
    tx.execute(
        "UPDATE outbox SET state = 'failed', finished_at = ?, sealed_content = '',"
        " answer = CASE WHEN answer = '' THEN 'too old to be sent' ELSE answer END"
        " WHERE state = 'queued' AND expires_at <= ?",
        (now, now),
    )


def finish(tx: Transaction, mail_id: str, state: str, attempts: int, at: int, answer: str) -> None:
    """Its content goes."""
    tx.execute(
        "UPDATE outbox SET state = ?, attempts = ?, finished_at = ?, answer = ?, sealed_content = ''"
        " WHERE id = ? AND state = 'queued'",
        (state, attempts, at, answer, mail_id),
    )


def withdraw(tx: Transaction, reference: str, at: int, answer: str) -> int:
    return tx.execute(
        "UPDATE outbox SET state = 'failed', finished_at = ?, answer = ?, sealed_content = ''"
        " WHERE reference = ? AND state = 'queued'",
        (at, answer, reference),
    )


def forget(tx: Transaction, before: int, keep: int) -> None:
    """Finished ones: those older than `before`, and all but the newest `keep`."""
    tx.execute("DELETE FROM outbox WHERE state <> 'queued' AND finished_at < ?", (before,))
    edge = tx.value(
        "SELECT finished_at FROM outbox WHERE state <> 'queued' ORDER BY finished_at DESC LIMIT 1 OFFSET ?",
        (keep,),
    )
    if edge is not None:
        tx.execute("DELETE FROM outbox WHERE state <> 'queued' AND finished_at <= ?", (edge,))


def select(tx: Transaction, query: MessageQuery) -> tuple[list[Queued], int]:
    selection = Selection().equal("state", query.state).equal("purpose", query.purpose)
    selection.equal("recipient", None if query.recipient is None else query.recipient.lower())
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "outbox",
        order=query.order,
        sortable={name: name for name in MessageQuery.SORTS},
        default="created_at DESC, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_queued(row) for row in rows], total
