"""SQL of users."""

from __future__ import annotations

from collections.abc import Collection

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row
from nimbus.people.identity.records import User, UserQuery
from nimbus.people.roles.records import Principal

_FIELDS = (
    "id",
    "organization_id",
    "username",
    "display_name",
    "email",
    "email_verified_at",
    "is_admin",
    "disabled_at",
    "labels",
    "password_hash",
    "password_changed_at",
    "must_change_password",
    "last_login_at",
    "created_at",
    "updated_at",
    "revision",
)
_COLUMNS = ", ".join(_FIELDS)
_SORTABLE = {name: name for name in UserQuery.SORTS} | {"username": natural("username")}


def _user(row: Row) -> User:
    values = {name: row[name] for name in _FIELDS}
    values["is_admin"] = bool(values["is_admin"])
    values["must_change_password"] = bool(values["must_change_password"])
    return User(**{**values, "labels": labels_of(values["labels"])})


def _values(user: User) -> list[str | int | None]:
    values = [getattr(user, name) for name in _FIELDS]
    values[_FIELDS.index("labels")] = labels_text(user.labels)
    return [int(value) if isinstance(value, bool) else value for value in values]


def insert_user(tx: Transaction, user: User) -> None:
    tx.execute(f"INSERT INTO users ({_COLUMNS}) VALUES ({', '.join('?' * len(_FIELDS))})", _values(user))


def update_user(tx: Transaction, user: User) -> None:
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(f"UPDATE users SET {settings} WHERE id = ?", [*_values(user)[1:], user.id])


def delete_user(tx: Transaction, user_id: str) -> None:
    tx.execute("DELETE FROM users WHERE id = ?", (user_id,))


def get_user(tx: Transaction, user_id: str) -> User | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM users WHERE id = ?", (user_id,))
    return _user(row) if row else None


def find_user(tx: Transaction, username: str) -> User | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM users WHERE username = ?", (username,))
    return _user(row) if row else None


def find_by_email(tx: Transaction, email: str) -> User | None:
    """Whose address it is: it was verified."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM users WHERE email = ? AND email <> '' AND email_verified_at IS NOT NULL",
        (email,),
    )
    return _user(row) if row else None


def all_with_email(tx: Transaction, email: str) -> list[User]:
    """Also those for whom somebody has only written it down."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM users WHERE email = ? AND email <> '' ORDER BY created_at, id", (email,)
    )
    return [_user(row) for row in rows]


def first_administrator(tx: Transaction) -> User | None:
    """The oldest who is enabled."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM users WHERE is_admin = 1 AND disabled_at IS NULL ORDER BY created_at, id LIMIT 1"
    )
    return _user(row) if row else None


def other_administrators(tx: Transaction, user_id: str) -> int:
    """How many enabled ones there are beside this user."""
    return int(
        tx.value(
            "SELECT COUNT(*) FROM users WHERE is_admin = 1 AND disabled_at IS NULL AND id <> ?", (user_id,)
        )
    )


def select_users(
    tx: Transaction, query: UserQuery, *, organizations: Collection[str] | None, organization_id: str | None
) -> tuple[list[User], int]:
    """Those whose home is one of these organizations; None: all."""
    selection = Selection().within("organization_id", organizations)
    selection.equal("organization_id", organization_id)
    selection.equal("username", None if query.username is None else query.username.lower())
    selection.equal("email", None if query.email is None else query.email.lower())
    selection.equal("is_admin", None if query.is_admin is None else int(query.is_admin))
    if query.disabled is not None:
        selection.where(f"disabled_at IS {'NOT ' if query.disabled else ''}NULL")
    selection.labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "users",
        order=query.order,
        sortable=_SORTABLE,
        default=by_name("username"),
        limit=query.per_page,
        offset=query.offset,
    )
    return [_user(row) for row in rows], total


# Who belongs to the organization: at home there, or with a grant that is good, also through a group.
_BELONGS = (
    "(u.organization_id = ? OR EXISTS (SELECT 1 FROM role_bindings b WHERE b.organization_id = ?"
    " AND (b.expires_at IS NULL OR b.expires_at > ?) AND ((b.principal_kind = 'user' AND b.principal_id = u.id)"
    " OR (b.principal_kind = 'group' AND b.principal_id IN"
    " (SELECT m.group_id FROM group_members m WHERE m.user_id = u.id)))))"
)


def organization_that_wants_factors(tx: Transaction, user_id: str, home: str | None, now: int) -> str:
    """The first by name of those that the user belongs to; "": none."""
    name = tx.value(
        "SELECT o.name FROM organizations o WHERE o.require_second_factor = 1 AND (o.id = ? OR o.id IN"
        " (SELECT b.organization_id FROM role_bindings b WHERE (b.expires_at IS NULL OR b.expires_at > ?)"
        " AND ((b.principal_kind = 'user' AND b.principal_id = ?) OR (b.principal_kind = 'group'"
        " AND b.principal_id IN (SELECT m.group_id FROM group_members m WHERE m.user_id = ?)))))"
        " ORDER BY o.name LIMIT 1",
        (home or "", now, user_id, user_id),
    )
    return name or ""


def without_factor(
    tx: Transaction, organization_id: str | None, now: int, limit: int
) -> tuple[list[User], int, int]:
    """Enabled users of the organization (None: all) who have no second factor: the first, how many, and how many
    users there are with one or without."""
    members, without = Selection().where("u.disabled_at IS NULL"), Selection().where("u.disabled_at IS NULL")
    if organization_id is not None:
        for selection in (members, without):
            selection.where(_BELONGS, organization_id, organization_id, now)
    without.where(
        "NOT EXISTS (SELECT 1 FROM totp_factors t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = u.id)"
    )
    columns = ", ".join(f"u.{name}" for name in _FIELDS)
    rows, total = without.page(
        tx, columns, "users u", order=(), sortable={}, default="u.username", limit=limit, offset=0
    )
    return (
        [_user(row) for row in rows],
        total,
        members.page(tx, "u.id", "users u", order=(), sortable={}, default="u.username", limit=0, offset=0)[
            1
        ],
    )


def names_of_organization(tx: Transaction, organization_id: str) -> list[str]:
    rows = tx.all(
        "SELECT username FROM users WHERE organization_id = ? ORDER BY username", (organization_id,)
    )
    return [row["username"] for row in rows]


def principal(tx: Transaction, *, user_id: str = "", username: str = "") -> Principal | None:
    """A user as grants know them, by id or by name."""
    column, value = ("id", user_id) if user_id else ("username", username)
    row = tx.one(f"SELECT id, username, organization_id, is_admin FROM users WHERE {column} = ?", (value,))
    if row is None:
        return None
    return Principal("user", row["id"], row["username"], row["organization_id"], bool(row["is_admin"]))


# The setup token.


def set_setup_token(tx: Transaction, token_hash: str, expires_at: int) -> None:
    tx.execute(
        "INSERT INTO setup_token (id, token_hash, expires_at) VALUES (1, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at",
        (token_hash, expires_at),
    )


def setup_token(tx: Transaction) -> tuple[str, int] | None:
    """Its hash, and until when it is good."""
    row = tx.one("SELECT token_hash, expires_at FROM setup_token WHERE id = 1")
    return (row["token_hash"], row["expires_at"]) if row else None


def forget_setup_token(tx: Transaction) -> None:
    tx.execute("DELETE FROM setup_token")
