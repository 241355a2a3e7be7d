"""nginx started, stopped, reloaded, restarted and tested, as a process of its own and in another container."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from agent.edge import lifecycle, unit
from agent.edge.lifecycle import Lifecycle
from agent.edge.managing import manage, unmanage
from agent.edge.nginx import LOADED_SOCKET, Nginx, NginxFailed, NginxPlace
from agent.edge.places import find, running_masters
from nimbus.protocol.edge import EdgeSettings
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.nginx import skip_without_nginx


async def test_a_process_of_its_own(tmp_path: Path) -> None:
    nginx = Nginx(EdgeNginx(RELEASES[1], tmp_path / "nginx").place)
    control = Lifecycle(nginx, "standalone")
    assert "successful" in await control.perform("test")
    with pytest.raises(NginxFailed, match="not running"):
        await control.perform("reload")
    await control.perform("start")
    try:
        assert nginx.runs
        before = nginx.place.pid_file.read_text()
        assert await control.perform("start") == "nginx is running already"
        await control.perform("reload")
        assert nginx.place.pid_file.read_text() == before
        await control.perform("restart")
        assert nginx.runs
        assert nginx.place.pid_file.read_text() != before
    finally:
        assert await control.perform("stop") == "nginx has stopped"
    assert not nginx.runs
    assert await control.perform("stop") == "nginx is not running"


async def test_what_nginx_does_not_take_is_said_in_its_words_and_stops_nothing(tmp_path: Path) -> None:
    edge = EdgeNginx(RELEASES[2], tmp_path / "nginx")
    nginx = Nginx(edge.place)
    control = Lifecycle(nginx, "standalone")
    with edge.running():
        edge.write("bad", "nonsense on;\n")
        for action in ("test", "reload", "restart"):
            with pytest.raises(NginxFailed, match='unknown directive "nonsense"'):
                await control.perform(action)
        assert nginx.runs
    with pytest.raises(NginxFailed, match="nonsense"):
        await control.perform("start")


async def test_a_socket_of_an_nginx_that_was_killed_is_removed(tmp_path: Path) -> None:
    edge = EdgeNginx(RELEASES[2], tmp_path / "nginx")
    place = edge.place._replace(generation_socket=tmp_path / LOADED_SOCKET)
    edge.write("own", f"server {{ listen unix:{place.generation_socket}; return 204; }}\n")
    nginx = Nginx(place)
    with edge.running() as process:
        workers = subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
        ).stdout.split()
        process.kill()
        process.wait(10)
        for worker in workers:
            os.kill(int(worker), 9)
        place.pid_file.unlink()
    with trio.fail_after(10):
        while place.generation_socket.exists():
            nginx.remove_stale_sockets()
            await trio.sleep(0.02)
    with edge.running():
        nginx.remove_stale_sockets()
        assert place.generation_socket.exists()


@contextmanager
def container(folder: Path) -> Iterator[Path]:
    """nginx in a mount namespace of its own, with a file that is there alone."""
    if os.geteuid() != 0:
        pytest.skip("a mount namespace needs root")
    skip_without_nginx()
    for name in ("inside", "conf.d"):
        (folder / name).mkdir(parents=True)
    main = folder / "nginx.conf"
    main.write_text(
        f"user root;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log notice;\n"
        f"events {{}}\nhttp {{\n access_log off;\n include {folder}/inside/here.conf;\n"
        f" include {folder}/conf.d/*.conf;\n}}\n"
    )
    program = shutil.which("nginx") or "nginx"
    script = (
        f"mount -t tmpfs none {folder}/inside && echo '# only here' > {folder}/inside/here.conf"
        f" && exec {program} -c {main} -g 'daemon off;'"
    )
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield main
    finally:
        process.terminate()
        process.wait(20)


async def test_a_container_checks_itself_and_is_started_by_who_runs_it(tmp_path: Path) -> None:
    with container(tmp_path / "c") as main:
        socket = tmp_path / LOADED_SOCKET
        found: NginxPlace | None = None
        with trio.fail_after(20):
            while found is None or not Nginx(found).runs:
                try:
                    found, said = find("sidecar", socket, main=str(main))
                except NginxFailed:
                    await trio.sleep(0.05)
        assert "nginx/" in said
        assert (found.main, found.conf_d) == (main, main.parent / "conf.d")
        # Here that file is not there: nginx of the container was asked.
        assert not (main.parent / "inside" / "here.conf").exists()
        control = Lifecycle(Nginx(found), "sidecar")
        assert "successful" in await control.perform("test")
        await control.perform("reload")
        for action in ("stop", "restart"):
            with pytest.raises(NginxFailed, match="another container"):
                await control.perform(action)
        assert Nginx(found).runs


def process(folder: Path, pid: int, parent: int, name: str, title: str) -> None:
    (folder / str(pid)).mkdir(parents=True)
    (folder / str(pid) / "comm").write_text(f"{name}\n")
    (folder / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 1 1")
    (folder / str(pid) / "cmdline").write_bytes(title.encode() + b"\0")


def test_the_master_is_the_one_whose_parent_is_no_nginx(tmp_path: Path) -> None:
    process(tmp_path, 1, 0, "pause", "/pause")
    process(tmp_path, 7, 1, "nginx", "nginx: master process /usr/sbin/nginx -c /etc/nginx/own.conf")
    process(tmp_path, 8, 7, "nginx", "nginx: worker process")
    process(tmp_path, 9, 7, "nginx", "nginx: worker process")
    process(tmp_path, 12, 1, "python", "nginx-like")
    assert list(running_masters(tmp_path)) == [(7, ["/usr/sbin/nginx", "-c", "/etc/nginx/own.conf"])]


async def test_systemd_is_told_by_its_own_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = EdgeNginx(RELEASES[2], tmp_path / "nginx")
    fake = tmp_path / "systemctl"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\n[ "$1" != stop ] || exit 5\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("shutil.which", lambda _name: str(fake))
    control = Lifecycle(Nginx(edge.place), "systemd")
    with edge.running():
        await control.perform("restart")
        with pytest.raises(NginxFailed, match=r"systemctl stop nginx\.service: status 5"):
            await control.perform("stop")
    assert (tmp_path / "said").read_text() == "restart nginx.service\nstop nginx.service\n"
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(NginxFailed, match="no systemd"):
        await lifecycle.systemctl("start", "nginx.service")


async def test_a_machine_without_nginx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NginxFailed, match="cannot be run"):
        find("standalone", tmp_path / "s", program=str(tmp_path / "nowhere"))


def test_the_unit_and_its_end(tmp_path: Path) -> None:
    place = tmp_path / "nginx.service.d" / "nimbus.conf"
    unit.add_drop_in([Path("/a/generation.sock")], place)
    assert "ExecStartPre=-/bin/rm -f /a/generation.sock\n" in place.read_text()
    unit.remove_drop_in(place)
    assert not place.parent.exists()
    unit.remove_drop_in(place)


@pytest.mark.parametrize("before", ["", "worker_shutdown_timeout 5s;\n"])
def test_a_managed_nginx_conf_is_the_operators_again_when_it_is_released(
    tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit, "DROP_IN", tmp_path / "drop-in")
    edge = EdgeNginx(RELEASES[0], tmp_path / "nginx")
    main = edge.place.main
    own = before + main.read_text()
    main.write_text(own)
    owned = EdgeSettings("standalone", owns_main_file=True, worker_shutdown_s=33)
    for _ in range(2):
        manage(edge.place, owned, tmp_path)
        assert main.read_text().count("worker_shutdown_timeout 33s;") == 1
        assert edge.test() == ""
    main.write_text(main.read_text() + "# by the operator\n")
    manage(edge.place, EdgeSettings("standalone", owns_main_file=True, worker_shutdown_s=44), tmp_path)
    unmanage(edge.place, tmp_path)
    assert main.read_text() == (own if before else own + "# by the operator\n")
    assert not list(main.parent.glob("*.before-nimbus"))
