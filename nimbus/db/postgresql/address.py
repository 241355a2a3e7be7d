"""Where the database is, with the password kept apart from what is shown."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from nimbus.protocol.errors import UsageError
from nimbus.settings.database_url import check_database_url, without_password


class Address:
    """`conninfo` is what libpq takes, with a password if there is one; `place` is what people read."""

    def __init__(self, url: str) -> None:
        check_database_url(url)
        try:
            parameters = conninfo_to_dict(url)
        except psycopg.Error:
            # libpq's own words repeat parts of the URL, and one of them may be a password.
            raise UsageError(
                "the setting `database` is no address that PostgreSQL's libpq understands",
                next_step="Write postgresql://USER@HOST:PORT/NAME; special characters of a password as %XX.",
            ) from None
        self.conninfo = make_conninfo("", **parameters)
        self.place = without_password(url)

    def __repr__(self) -> str:
        return f"Address({self.place!r})"
