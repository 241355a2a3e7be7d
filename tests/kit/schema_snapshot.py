"""What replaying every migration gives, as `nimbus/db/sqlite/schema.sql`: `python3 -m tests.kit.schema_snapshot`"""

from __future__ import annotations

import tempfile
from pathlib import Path

from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.migrate import migrate, schema_of
from nimbus.kernel.clock import SystemClock

SNAPSHOT = Path(__file__).parents[2] / "nimbus" / "db" / "sqlite" / "schema.sql"


def write(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nimbus.db"
        migrate(path, SystemClock())
        connection = connect(path)
        target.write_text(schema_of(connection), "utf-8")
        connection.close()


if __name__ == "__main__":
    write(SNAPSHOT)
