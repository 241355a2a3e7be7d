"""A database with very many tasks that have ended long ago: rows made by SQLite itself, with the real schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from nimbus.db.sqlite.connection import checkpoint, connect

KINDS = ("collect_facts", "mesh_probe", "restart_agent")
_TASKS = """
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :tasks),
    ranked AS (SELECT id, workspace_id, row_number() OVER (ORDER BY id) - 1 AS rank FROM nodes)
INSERT INTO tasks (id, workspace_id, node_id, kind, parameters, state, attempt, max_attempts, timeout_s,
    waiting_for, due_at, truncated, error_code, error, created_by, created_at, started_at, finished_at,
    log_lines, log_bytes)
SELECT
    lower(printf('%s-%s-4%s-a%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),
        substr(hex(randomblob(2)), 2), hex(randomblob(6)))),
    ranked.workspace_id, ranked.id,
    CASE n % 3 WHEN 0 THEN 'collect_facts' WHEN 1 THEN 'mesh_probe' ELSE 'restart_agent' END,
    '{}', CASE n % 20 WHEN 0 THEN 'failed' ELSE 'succeeded' END, 1, 3, 60, 0,
    :at + n, 0, '', '', 'benchmark', :at + n, :at + n, :at + n, :lines, :lines * 60
FROM numbers JOIN ranked ON ranked.rank = n % (SELECT COUNT(*) FROM nodes)
"""
_LINES = """
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :lines)
INSERT INTO task_log (task_id, attempt, line, at, text)
SELECT tasks.id, 1, n, tasks.created_at, 'what a program said while it was at work, in one line'
FROM tasks CROSS JOIN numbers
"""


def fill(database: Path, *, tasks: int, lines: int, at: int) -> None:
    """`tasks` on the nodes that there are, ended at `at` (epoch microseconds), each with so many log lines."""
    connection: sqlite3.Connection = connect(database)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute(_TASKS, {"tasks": tasks, "lines": lines, "at": at})
        if lines:
            connection.execute(_LINES, {"lines": lines})
        connection.execute("COMMIT")
        checkpoint(connection)
    finally:
        connection.close()
