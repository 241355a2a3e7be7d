"""SQL of tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.selection import Selection, stored_json
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.tasks.records import Task, TaskQuery, TaskState, TaskView
from nimbus.fleet.tasks.rules import LogSize
from nimbus.kernel.clock import optional_rfc3339, to_rfc3339
from nimbus.protocol.kinds import KINDS
from nimbus.records.audit.moments import from_rfc3339

_COLUMNS = (
    "id, workspace_id, node_id, kind, parameters, state, attempt, max_attempts, timeout_s, waiting_for, due_at,"
    " cancel_requested_at, percent, result, truncated, error_code, error, created_by, created_at, started_at,"
    " finished_at, retry_of, operation_id"
)
# The condition of the index `tasks_open`, word for word: SQLite uses a partial index only when it finds that in
# the query, and does not see that one of the two states implies it.
_OPEN = "state IN ('queued', 'running')"
# As that of `tasks_ended`.
_ENDED = f"NOT {_OPEN}"


def node_name(tx: Transaction, node_id: str) -> str:
    """ "": it has gone."""
    return str(tx.value("SELECT name FROM nodes WHERE id = ?", (node_id,)) or "")


def _task(row: Row) -> Task:
    return Task(
        id=row["id"],
        workspace_id=row["workspace_id"],
        node_id=row["node_id"],
        kind=row["kind"],
        parameters=msgspec.json.decode(row["parameters"]),
        state=TaskState(row["state"]),
        attempt=row["attempt"],
        max_attempts=row["max_attempts"],
        timeout_s=row["timeout_s"],
        waiting_for=row["waiting_for"],
        due_at=row["due_at"],
        cancel_requested_at=row["cancel_requested_at"],
        percent=row["percent"],
        result=None if row["result"] is None else msgspec.json.decode(row["result"]),
        truncated=bool(row["truncated"]),
        error_code=row["error_code"],
        error=row["error"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        retry_of=row["retry_of"],
        operation_id=row["operation_id"],
    )


def insert(tx: Transaction, task: Task, depends_on: Iterable[str]) -> None:
    tx.execute(
        "INSERT INTO tasks (id, workspace_id, node_id, kind, parameters, state, attempt, max_attempts, timeout_s,"
        " waiting_for, due_at, truncated, error_code, error, created_by, created_at, retry_of, operation_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, ?, ?, ?)",
        (
            task.id,
            task.workspace_id,
            task.node_id,
            task.kind,
            msgspec.json.encode(task.parameters).decode(),
            task.state,
            task.attempt,
            task.max_attempts,
            task.timeout_s,
            task.waiting_for,
            task.due_at,
            task.created_by,
            task.created_at,
            task.retry_of,
            task.operation_id,
        ),
    )
    for need in depends_on:
        tx.execute("INSERT INTO task_dependencies (task_id, needs) VALUES (?, ?)", (task.id, need))


def get(tx: Transaction, task_id: str) -> Task | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM tasks WHERE id = ?", (task_id,))
    return _task(row) if row else None


_SORTABLE = {"created_at": "created_at", "state": "state", "kind": "kind"}


def _meant(words: str, found_nodes: Collection[str]) -> list[Selection]:
    """What the words of a search may stand for: each of these has an index, so that no search reads all tasks."""
    meant = [Selection().beginning("id", words)] if words.isascii() else []
    kinds = [kind for kind in KINDS if words in kind]
    meant += [Selection().within("kind", kinds)] if kinds else []
    return meant + ([Selection().within("node_id", found_nodes)] if found_nodes else [])


def select(
    tx: Transaction,
    query: TaskQuery,
    *,
    node_id: str | None,
    found_nodes: Sequence[str],
    workspaces: Collection[str] | None,
    node_names: Callable[[Transaction, Sequence[str]], Mapping[str, str]],
) -> tuple[list[TaskView], int]:
    """One page, newest first, of the tasks in these workspaces (None: all), and how many there are in all.
    `found_nodes` are those that the words of a search stand for."""
    selection = Selection().within("workspace_id", workspaces).equal("node_id", node_id)
    selection.equal("state", query.state).equal("kind", query.kind)
    selection.equal("operation_id", query.operation.lower() if query.operation else None)
    if query.since is not None:
        selection.where("created_at >= ?", from_rfc3339(query.since))
    if query.until is not None:
        selection.where("created_at < ?", from_rfc3339(query.until))
    if query.search:
        selection.any_of(_meant(query.search.strip().lower(), found_nodes))

    rows, total = selection.page(
        tx,
        _COLUMNS,
        "tasks",
        order=query.order,
        sortable=_SORTABLE,
        default="created_at DESC, id",
        limit=query.per_page,
        offset=query.offset,
    )
    names = node_names(tx, sorted({row["node_id"] for row in rows}))
    needs = _needs_of(tx, [row["id"] for row in rows])
    return [_view(row, names, needs) for row in rows], total


def _view(row: Row, node_names: Mapping[str, str], needs: Mapping[str, Sequence[str]]) -> TaskView:
    """As `Tasks._view`, of many at once: what is stored as JSON is not decoded to be encoded again. Tests
    compare the two."""
    (
        task_id,
        workspace_id,
        node_id,
        kind,
        parameters,
        state,
        attempt,
        max_attempts,
        timeout_s,
        _waiting_for,
        due_at,
        cancel_requested_at,
        percent,
        result,
        truncated,
        error_code,
        error,
        created_by,
        created_at,
        started_at,
        finished_at,
        retry_of,
        operation_id,
    ) = row
    return TaskView(
        id=task_id,
        workspace_id=workspace_id,
        node_id=node_id,
        node=node_names[node_id],
        kind=kind,
        parameters=stored_json(parameters),
        state=state,
        attempt=attempt,
        max_attempts=max_attempts,
        timeout_s=timeout_s,
        depends_on=tuple(needs.get(task_id, ())),
        cancel_requested=cancel_requested_at is not None,
        percent=percent,
        result=None if result is None else stored_json(result),
        truncated=bool(truncated),
        error={"code": error_code, "message": error} if error_code or error else None,
        created_by=created_by,
        created_at=to_rfc3339(created_at),
        due_at=to_rfc3339(due_at),
        started_at=optional_rfc3339(started_at),
        finished_at=optional_rfc3339(finished_at),
        retry_of=retry_of or None,
        operation_id=operation_id or None,
    )


def _needs_of(tx: Transaction, task_ids: Sequence[str]) -> dict[str, list[str]]:
    """What each of these depends on; nothing for those that depend on nothing."""
    needed: dict[str, list[str]] = {}
    for first in range(0, len(task_ids), 500):
        some = task_ids[first : first + 500]
        rows = tx.all(
            f"SELECT task_id, needs FROM task_dependencies WHERE task_id IN ({placeholders(len(some))})"
            " ORDER BY needs",
            some,
        )
        for task_id, needs in rows:
            needed.setdefault(task_id, []).append(needs)
    return needed


def dependencies(tx: Transaction, task_id: str) -> tuple[str, ...]:
    rows = tx.all("SELECT needs FROM task_dependencies WHERE task_id = ? ORDER BY needs", (task_id,))
    return tuple(row["needs"] for row in rows)


def dependents(tx: Transaction, task_id: str) -> list[Task]:
    """Queued tasks that wait for this one."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM tasks WHERE state = 'queued'"
        " AND id IN (SELECT task_id FROM task_dependencies WHERE needs = ?)",
        (task_id,),
    )
    return [_task(row) for row in rows]


def one_dependency_less(tx: Transaction, task_id: str) -> int:
    """How many it still waits for."""
    row = tx.one(
        "UPDATE tasks SET waiting_for = waiting_for - 1 WHERE id = ? RETURNING waiting_for", (task_id,)
    )
    return int(row["waiting_for"]) if row else 0


def leaseable(
    tx: Transaction,
    node_id: str,
    now: int,
    limit: int,
    overdue: Sequence[str] = (),
    *,
    without: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> list[Task]:
    """`overdue` are due whatever the wall clock says. Of kinds but those `without`, or of these `only`."""
    or_overdue = f" OR id IN ({placeholders(len(overdue))})" if overdue else ""
    kinds = without if only is None else only
    if only is not None and not only:
        return []
    word = "NOT IN" if only is None else "IN"
    of_kinds = f" AND kind {word} ({placeholders(len(kinds))})" if kinds else ""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM tasks WHERE node_id = ? AND {_OPEN} AND state = 'queued' AND waiting_for = 0"
        f" AND (due_at <= ?{or_overdue}){of_kinds} ORDER BY due_at, created_at LIMIT ?",
        (node_id, now, *overdue, *kinds, limit),
    )
    return [_task(row) for row in rows]


def open_of(tx: Transaction, node_id: str, task_ids: Sequence[str]) -> list[Task]:
    """Those of these tasks that are open, and of this node."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM tasks WHERE node_id = ? AND {_OPEN} AND id IN ({placeholders(len(task_ids))})",
        (node_id, *task_ids),
    )
    return [_task(row) for row in rows]


def running_on(tx: Transaction, node_id: str) -> list[Task]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM tasks WHERE node_id = ? AND {_OPEN} AND state = 'running'", (node_id,)
    )
    return [_task(row) for row in rows]


def lease(tx: Transaction, task_id: str, attempt: int, now: int) -> None:
    tx.execute(
        "UPDATE tasks SET state = 'running', attempt = ?, started_at = COALESCE(started_at, ?), percent = NULL"
        " WHERE id = ?",
        (attempt, now, task_id),
    )


def requeue(tx: Transaction, task_id: str, due_at: int, error_code: str, error: str) -> None:
    tx.execute(
        "UPDATE tasks SET state = 'queued', due_at = ?, error_code = ?, error = ? WHERE id = ?",
        (due_at, error_code, error, task_id),
    )


def close(
    tx: Transaction,
    task_id: str,
    state: TaskState,
    now: int,
    *,
    result: str | None = None,
    truncated: bool = False,
    error_code: str = "",
    error: str = "",
) -> None:
    tx.execute(
        "UPDATE tasks SET state = ?, finished_at = ?, result = ?, truncated = ?, error_code = ?, error = ?,"
        " percent = CASE WHEN ? = 'succeeded' THEN 100 ELSE percent END WHERE id = ?",
        (state, now, result, int(truncated), error_code, error, state, task_id),
    )


def request_cancel(tx: Transaction, task_id: str, now: int) -> None:
    tx.execute(
        "UPDATE tasks SET cancel_requested_at = COALESCE(cancel_requested_at, ?) WHERE id = ?", (now, task_id)
    )


def set_percent(tx: Transaction, task_id: str, percent: int) -> None:
    tx.execute("UPDATE tasks SET percent = ? WHERE id = ?", (percent, task_id))


def log_size(tx: Transaction, task_id: str) -> LogSize:
    row = tx.one("SELECT log_lines, log_bytes, log_is_cut FROM tasks WHERE id = ?", (task_id,))
    return LogSize() if row is None else LogSize(row[0], row[1], bool(row[2]))


def known_lines(tx: Transaction, task_id: str, attempt: int, first: int, last: int) -> set[int]:
    """Which of these numbers are there."""
    rows = tx.all(
        "SELECT line FROM task_log WHERE task_id = ? AND attempt = ? AND line BETWEEN ? AND ?",
        (task_id, attempt, first, last),
    )
    return {row["line"] for row in rows}


def append_log(
    tx: Transaction, task_id: str, attempt: int, at: int, lines: Iterable[tuple[int, str]], size: LogSize
) -> None:
    """Lines that are not there yet, and how much is kept with them."""
    tx.execute_many(
        "INSERT INTO task_log (task_id, attempt, line, at, text) VALUES (?, ?, ?, ?, ?)",
        [(task_id, attempt, number, at, text) for number, text in lines],
    )
    tx.execute(
        "UPDATE tasks SET log_lines = ?, log_bytes = ?, log_is_cut = ? WHERE id = ?",
        (size.lines, size.bytes, int(size.is_cut), task_id),
    )


def log_lines(tx: Transaction, task_id: str, after: int, limit: int) -> list[Row]:
    """Lines in order; `after` is how many to pass over."""
    return tx.all(
        "SELECT attempt, line, at, text FROM task_log WHERE task_id = ? ORDER BY attempt, line LIMIT ? OFFSET ?",
        (task_id, limit, after),
    )


def of_operation(tx: Transaction, operation_id: str) -> list[Task]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM tasks WHERE operation_id = ? ORDER BY created_at, id", (operation_id,)
    )
    return [_task(row) for row in rows]


def outcomes_of(tx: Transaction, operation_ids: Sequence[str]) -> list[Row]:
    """What has become of their tasks, the newest last."""
    return tx.all(
        "SELECT operation_id, id, state, percent, error_code, error, retry_of FROM tasks"
        f" WHERE operation_id IN ({placeholders(len(operation_ids))}) ORDER BY created_at, id",
        operation_ids,
    )


def leave_operations(tx: Transaction, operation_ids: Sequence[str]) -> None:
    tx.execute_many(
        "UPDATE tasks SET operation_id = NULL WHERE operation_id = ?", [(one,) for one in operation_ids]
    )


def operations_with_open_tasks(tx: Transaction) -> list[str]:
    rows = tx.all(f"SELECT DISTINCT operation_id FROM tasks WHERE {_OPEN} AND operation_id IS NOT NULL")
    return [row["operation_id"] for row in rows]


def open_tasks(tx: Transaction, node_ids: Iterable[str] | None = None) -> list[Task]:
    """Every queued or running task, of all nodes or of these."""
    ids = list(node_ids) if node_ids is not None else None
    condition = "" if ids is None else f" AND node_id IN ({placeholders(len(ids))})"
    rows = tx.all(f"SELECT {_COLUMNS} FROM tasks WHERE {_OPEN}{condition} ORDER BY created_at, id", ids or ())
    return [_task(row) for row in rows]


def open_tasks_with(
    tx: Transaction, word: str, *, node_id: str | None = None, workspace_id: str | None = None
) -> list[Task]:
    """Queued or running tasks that have this word somewhere in their parameters."""
    selection = Selection().where(_OPEN).equal("node_id", node_id).equal("workspace_id", workspace_id)
    # Not LIKE: in SQLite it takes upper and lower case for the same.
    selection.where("REPLACE(parameters, ?, '') <> parameters", word)
    return [_task(row) for row in selection.first(tx, _COLUMNS, "tasks", order="created_at", limit=1000)]


def state_counts(
    tx: Transaction, workspaces: Collection[str] | None, since: int
) -> list[tuple[TaskState, int]]:
    """Open tasks of these workspaces (None: of all), and those that have ended of what was created since."""
    opened = Selection().where(_OPEN).within("workspace_id", workspaces).grouped(tx, "state", "tasks")
    ended = Selection().where("created_at >= ?", since).where(_ENDED)
    rows = [*opened, *ended.within("workspace_id", workspaces).grouped(tx, "state", "tasks")]
    return [(TaskState(state), count) for state, count in rows]


def keep_sealed_values(tx: Transaction, task_id: str, part: str, sealed: str) -> None:
    tx.execute(
        "INSERT INTO task_secret_values (task_id, part, sealed_values) VALUES (?, ?, ?)"
        " ON CONFLICT (task_id, part) DO UPDATE SET sealed_values = excluded.sealed_values",
        (task_id, part, sealed),
    )


def sealed_values(tx: Transaction, task_id: str, part: str) -> str | None:
    found: str | None = tx.value(
        "SELECT sealed_values FROM task_secret_values WHERE task_id = ? AND part = ?", (task_id, part)
    )
    return found


def purge(tx: Transaction, workspace_id: str) -> None:
    """Take away every row of a workspace's tasks."""
    tasks = "SELECT id FROM tasks WHERE workspace_id = ?"
    for table in ("task_log", "task_secret_values"):
        tx.execute(f"DELETE FROM {table} WHERE task_id IN ({tasks})", (workspace_id,))
    tx.execute(
        f"DELETE FROM task_dependencies WHERE task_id IN ({tasks}) OR needs IN ({tasks})",
        (workspace_id, workspace_id),
    )
    tx.execute("DELETE FROM tasks WHERE workspace_id = ?", (workspace_id,))
