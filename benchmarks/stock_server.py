"""The peer of agent_listener: hypercorn and Quart as they come, with the control plane's own handlers' work.

    python -m benchmarks.stock_server DATA_DIRECTORY

Only connections are allowed to live long enough. Hypercorn does not hand the client's certificate to the
application, so the load names its node in a header (with the certificate checked by TLS all the same).
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

import msgspec
import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from quart import Response, request
from quart_trio import QuartTrio

from benchmarks.reports import end_with_parent
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.sessions import SqliteSession
from nimbus.db.transaction import Transaction
from nimbus.fleet.nodes.presence import Presence
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.secret_values import SecretValues
from nimbus.kernel.clock import SystemClock, to_seconds
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.messages import Facts, Heartbeat, HeartbeatAnswer, TaskResult
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki import authority


def application(file: Path) -> QuartTrio:
    clock = SystemClock()
    # Without a database: presence is never flushed here, and nodes are only changed in a given transaction.
    none: Any = None
    presence = Presence(none, clock, 10.0)
    nodes = Nodes(none, clock, AuditLog(clock), Organizations(clock))

    def store_facts(tx: Transaction, node_id: str, facts: object) -> object:
        nodes.update_facts(tx, node_id, msgspec.convert(facts, Facts))
        return facts

    delivery = Delivery(clock, {"collect_facts": store_facts}, SecretValues(none))
    connection = connect(file)
    one_at_a_time = trio.CapacityLimiter(1)
    app = QuartTrio("stock")

    def store(node_id: str, task_id: str, result: TaskResult) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            delivery.result(Transaction(SqliteSession(connection)), node_id, task_id, result)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @app.post("/v1/internal/heartbeat")
    async def heartbeat() -> Any:
        beat = msgspec.json.decode(await request.get_data(), type=Heartbeat)
        presence.heartbeat(request.headers["X-Node"], beat)
        answer = HeartbeatAnswer(revisions={"mesh": 0}, server_time=to_seconds(clock.now()))
        return Response(msgspec.json.encode(answer), content_type="application/json")

    @app.post("/v1/internal/tasks/<task_id>/result")
    async def result(task_id: str) -> Any:
        given = msgspec.json.decode(await request.get_data(), type=TaskResult)
        node_id = request.headers["X-Node"]
        await trio.to_thread.run_sync(store, node_id, task_id, given, limiter=one_at_a_time)
        # Not 204: hypercorn closes the connection after one.
        return Response(b"{}", content_type="application/json")

    return app


async def main(folder: Path) -> None:
    pki = folder / "pki"
    clock = SystemClock()
    certificate, key = authority.load_or_create(pki, clock.now()).server_files(["127.0.0.1"], clock.now())
    sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sock.setblocking(False)
    config = Config()
    config.bind = [f"fd://{sock.fileno()}"]
    config.certfile, config.keyfile = str(certificate), str(key)
    config.ca_certs = str(pki / "ca.crt")
    config.verify_mode = ssl.CERT_REQUIRED
    config.keep_alive_timeout = 600
    config.keep_alive_max_requests = 1 << 40
    config.accesslog = config.errorlog = None
    print(json.dumps({"port": sock.getsockname()[1]}), flush=True)
    await serve(application(folder / "nimbus.db"), config)


if __name__ == "__main__":
    end_with_parent()
    trio.run(main, Path(sys.argv[1]))
