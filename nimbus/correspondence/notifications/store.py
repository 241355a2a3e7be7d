"""SQL of notifications."""

from __future__ import annotations

import msgspec

from nimbus.correspondence.notifications.records import Item, Kind, NotificationSettings, Tally
from nimbus.db import Transaction

_recipients = msgspec.json.Decoder(tuple[str, ...])
_kinds = msgspec.json.Decoder(tuple[Kind, ...])


def settings(tx: Transaction, place: str) -> NotificationSettings:
    row = tx.one(
        "SELECT place, recipients, kinds, updated_at, revision FROM notification_settings WHERE place = ?",
        (place,),
    )
    if row is None:
        return NotificationSettings(place=place)
    return NotificationSettings(
        place=row["place"],
        recipients=_recipients.decode(row["recipients"]),
        kinds=_kinds.decode(row["kinds"]),
        updated_at=row["updated_at"],
        revision=row["revision"],
    )


def set_settings(tx: Transaction, settings: NotificationSettings) -> None:
    tx.execute(
        "INSERT INTO notification_settings (place, recipients, kinds, updated_at, revision) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (place) DO UPDATE SET recipients = excluded.recipients, kinds = excluded.kinds,"
        " updated_at = excluded.updated_at, revision = excluded.revision",
        (
            settings.place,
            msgspec.json.encode(settings.recipients).decode(),
            msgspec.json.encode(settings.kinds).decode(),
            settings.updated_at,
            settings.revision,
        ),
    )


def delete_settings(tx: Transaction, place: str) -> None:
    tx.execute("DELETE FROM notification_settings WHERE place = ?", (place,))


def cursor(tx: Transaction) -> int | None:
    sequence = tx.value("SELECT sequence FROM notification_cursor WHERE id = 1")
    return None if sequence is None else int(sequence)


def begin_at(tx: Transaction, sequence: int) -> None:
    tx.execute(
        "INSERT INTO notification_cursor (id, sequence) VALUES (1, ?) ON CONFLICT (id) DO NOTHING",
        (sequence,),
    )


def advance(tx: Transaction, expected: int, sequence: int) -> bool:
    """Whether nobody else has moved it."""
    changed = tx.execute(
        "UPDATE notification_cursor SET sequence = ? WHERE id = 1 AND sequence = ?", (sequence, expected)
    )
    return changed == 1


def add_item(tx: Transaction, item: Item) -> None:
    tx.execute(
        "INSERT INTO notification_items (recipient, source, kind, line, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (recipient, source) DO NOTHING",
        (item.recipient, item.source, item.kind.value, item.line, item.at),
    )


def waiting(tx: Transaction) -> list[tuple[str, int]]:
    """Recipients for whom something waits, and when they last got a mail (0: never)."""
    rows = tx.all(
        "SELECT i.recipient AS recipient, COALESCE(MAX(m.last_at), 0) AS last_at FROM notification_items i"
        " LEFT JOIN notification_mails m ON m.recipient = i.recipient GROUP BY i.recipient ORDER BY i.recipient"
    )
    return [(row["recipient"], row["last_at"]) for row in rows]


def items_of(tx: Transaction, recipient: str) -> list[Item]:
    rows = tx.all(
        "SELECT recipient, source, kind, line, at FROM notification_items WHERE recipient = ? ORDER BY at, source",
        (recipient,),
    )
    return [Item(row["recipient"], row["source"], Kind(row["kind"]), row["line"], row["at"]) for row in rows]


def mailed(tx: Transaction, recipient: str, at: int) -> None:
    """What waited was queued as mail."""
    tx.execute("DELETE FROM notification_items WHERE recipient = ?", (recipient,))
    tx.execute(
        "INSERT INTO notification_mails (recipient, last_at) VALUES (?, ?)"
        " ON CONFLICT (recipient) DO UPDATE SET last_at = excluded.last_at",
        (recipient, at),
    )


def forget_items(tx: Transaction) -> None:
    tx.execute("DELETE FROM notification_items")


def tally(tx: Transaction, account: str) -> Tally | None:
    row = tx.one(
        "SELECT account, failures, since, told_at FROM notification_tallies WHERE account = ?", (account,)
    )
    return Tally(row["account"], row["failures"], row["since"], row["told_at"]) if row else None


def set_tally(tx: Transaction, tally: Tally) -> None:
    tx.execute(
        "INSERT INTO notification_tallies (account, failures, since, told_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account) DO UPDATE SET failures = excluded.failures, since = excluded.since,"
        " told_at = excluded.told_at",
        (tally.account, tally.failures, tally.since, tally.told_at),
    )


def forget(tx: Transaction, before: int) -> None:
    """Tallies and times of mails from before."""
    tx.execute("DELETE FROM notification_tallies WHERE since < ? AND told_at < ?", (before, before))
    tx.execute("DELETE FROM notification_mails WHERE last_at < ?", (before,))
