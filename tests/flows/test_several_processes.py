"""Two real processes on one database, real agents at both: one is killed; the database goes away and comes back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.composition.bootstrap import bootstrap
from nimbus.protocol.errors import NimbusError
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit.database import is_postgresql, place
from tests.kit.polling import until
from tests.kit.postgresql import Server, is_there
from tests.kit.processes import ControlPlaneProcess, agent_again, agent_process
from tests.kit.second_control_plane import share

T = TypeVar("T")


class Plane(ControlPlaneProcess):
    """One of the two, with the administrator's client."""

    profile: Profile

    def client(self) -> Client:
        return Client(self.profile)

    def serves(self) -> bool:
        try:
            self.client().get("/api/v1/nodes")
        except NimbusError:
            return False
        return True

    def state_of(self, node: str) -> str:
        """As the list has it; nothing while there is no such node."""
        states = {one["name"]: one["state"] for one in self.client().get("/api/v1/nodes")}
        return str(states.get(node, ""))

    def states_told(self) -> set[str]:
        events = self.client().get("/api/v1/events", kind="node.state", per_page=1000)
        return {event["data"]["state"] for event in events}

    def task_state(self, task_id: str) -> str:
        return str(self.client().get(f"/api/v1/tasks/{task_id}")["state"])

    def order(self, node: str) -> str:
        body = {"node": node, "kind": "collect_facts"}
        return str(self.client().post("/api/v1/tasks", body)["id"])


@contextmanager
def two_processes(folder: Path, database: str) -> Iterator[tuple[Plane, Plane]]:
    """`database` "": of SQLite."""
    program = ["nimbus", "api", "--database", database] if database else ["tests.kit.one_of_several"]
    a, b = (Plane(folder / name, program=program) for name in ("a", "b"))
    for plane in (a, b):
        plane.folder.mkdir()
    with ExitStack() as stack:
        a.start()
        stack.callback(a.stop)
        made = bootstrap(ControlPlaneConfig(data_dir=str(a.data), database=database), new_key=True)
        share(a.data, b.data, file=not database)
        b.start()
        stack.callback(b.stop)
        for plane in (a, b):
            plane.profile = Profile(plane.url, made.access_key, made.secret_key, made.ca_file)
        yield a, b


@contextmanager
def node(plane: Plane, name: str) -> Iterator[None]:
    token = plane.client().post("/api/v1/nodes/tokens", {"name": name})["token"]
    with agent_process(plane.folder, name, token):
        yield


def tell_of(plane: Plane, record: Path) -> None:
    """The agent is to speak to this control plane."""
    known: dict[str, Any] = json.loads(record.read_text("utf-8"))
    known["agent_api"] = f"https://127.0.0.1:{plane.agent_port}"
    record.write_text(json.dumps(known), "utf-8")


def until_online(plane: Plane, node: str) -> None:
    until(lambda: plane.state_of(node) == "Online", f"{node} is Online at {plane.folder.name}")


def until_done(plane: Plane, task_id: str) -> None:
    until(lambda: answered(plane.task_state, task_id) == "succeeded", f"{task_id} has run")


def answered(ask: Callable[..., T], *arguments: str) -> T:
    """When it is answered at last: each of a control plane's connections to the database comes back in its time."""
    answers: list[T] = []

    def is_answered() -> bool:
        with suppress(NimbusError):
            answers.append(ask(*arguments))
        return bool(answers)

    until(is_answered, "an answer")
    return answers[0]


def test_one_is_killed_and_the_other_goes_on(tmp_path: Path) -> None:
    database = str(place(tmp_path)) if is_postgresql() else ""
    with two_processes(tmp_path, database) as (a, b), node(b, "at-b"):
        with node(a, "at-a"):
            for plane in (a, b):
                until_online(plane, "at-a")
                until_online(plane, "at-b")
            accepted = [plane.order(name) for _ in range(5) for plane, name in ((a, "at-b"), (b, "at-a"))]
            assert "this control plane leads (epoch 1)" in a.said()
            a.kill()
            accepted += [b.order("at-a"), b.order("at-b")]
            until(lambda: "this control plane leads (epoch 2)" in b.said(), "b leads")
        tell_of(b, a.folder / "at-a" / "node.json")
        with agent_again(a.folder, "at-a"):
            for task_id in accepted:
                until_done(b, task_id)
            until_online(b, "at-a")
            a.start()
            assert {a.task_state(task_id) for task_id in accepted} == {"succeeded"}
            until_online(a, "at-a")
            # What the one that was started again does holds at the other.
            a.client().delete("/api/v1/nodes/at-b")
            until(lambda: "CERTIFICATE_REVOKED" in said_by(b, "at-b"), "it is refused at b")
        assert b.client().get("/api/v1/audit-log/verification")["ok"]


@pytest.mark.sqlite
def test_who_cannot_follow_any_more_ends_and_says_so(tmp_path: Path) -> None:
    """As after an hour of being suspended: what it has not read has been deleted."""
    with two_processes(tmp_path, "") as (a, b):
        file = sqlite3.connect(a.data / "nimbus.db", timeout=10)
        file.execute("UPDATE relay_cursor SET newest = newest + 10, pruned_through = newest + 5")
        file.commit()
        file.close()
        words = "has not looked at the database for too long"
        until(lambda: words in a.said() and words in b.said(), "both say why they end")
        until(lambda: not (a.is_ready() or b.is_ready()), "both have ended")


@contextmanager
def own_server() -> Iterator[Server]:
    """One that may be stopped: no other test uses it."""
    server = Server()
    server.start()
    try:
        server.execute("CREATE DATABASE several TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        yield server
    finally:
        server.remove()


@pytest.mark.skipif(not is_there(), reason="PostgreSQL 15 is not installed")
def test_the_database_goes_away_and_comes_back(tmp_path: Path) -> None:
    """For longer than a lease of the leader: both go on, no node was ever Offline, one leads, tasks run."""
    with (
        own_server() as server,
        two_processes(tmp_path, server.url("several")) as (a, b),
        node(a, "at-a"),
        node(b, "at-b"),
    ):
        for plane in (a, b):
            until_online(plane, "at-a")
            until_online(plane, "at-b")
        server.stop()
        until(lambda: "this control plane leads no more" in a.said(), "nobody leads without a database")
        assert not a.serves()
        assert not b.serves()
        server.start()
        until(lambda: a.serves() and b.serves(), "they serve again")
        until(lambda: (a.said() + b.said()).count("this control plane leads (") == 2, "one leads again")
        for order, name in ((a.order, "at-b"), (b.order, "at-a")):
            until_done(a, answered(order, name))
        assert answered(a.states_told) == {"Online"}


def said_by(plane: Plane, agent: str) -> str:
    return (plane.folder / f"{agent}.log").read_text("utf-8")
