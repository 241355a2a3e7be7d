"""Virtual hosts, upstreams and templates of a running control plane: saved, versioned, previewed, refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import ApiError, Client
from tests.kit.cli import Cli, command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.requester import Requester

HOSTS, UPSTREAMS, TEMPLATES = "/api/v1/virtual-hosts", "/api/v1/upstreams", "/api/v1/templates"
PLAIN: dict[str, Any] = {"ssl_enabled": False, "listen_port": 80}
OURS = "server {\n    server_name {{server_name}};\n    location / { return 204; }\n    {{listen}}\n}\n"


def refusal(client: Client, method: str, path: str, body: Any = None) -> tuple[str, str, list[str]]:
    with pytest.raises(ApiError) as caught:
        client.request(method, path, body=body)
    error = caught.value
    return error.code, error.message, [detail["field"] for detail in error.details]


async def test_a_host_from_its_first_version_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with control_plane(tmp_path) as plane:
        await plane.call(_life)
        await plane.call(_refusals)
        await plane.call(_templates)
        await _preconditions(plane)
        cli = command_line_of(plane, tmp_path, monkeypatch, capsys)
        await _commands(cli, tmp_path, monkeypatch)
        await _declared(cli, tmp_path)
        await _imported(cli, tmp_path)


def _life(client: Client) -> None:
    upstream = client.post(
        UPSTREAMS, {"name": "app", "servers": [{"address": "10.0.0.5:8080"}, {"address": "app.example:80"}]}
    )
    made = client.post(
        HOSTS,
        {
            "name": "shop",
            "server_name": ["www.example.com bücher.example"],
            "labels": {"tier": "gold"},
            "summary": "the first",
            "locations": [{"path": "/app/", "upstream_id": "app", "upstream_path": "/"}],
            **PLAIN,
        },
    )
    assert (made["version"], made["workspace"], made["summary"]) == (1, "default/default", "the first")
    assert made["server_name"] == ["www.example.com", "bücher.example"]
    assert made["references"] == [
        {"field": "locations[0].upstream_id", "kind": "upstream", "id": upstream["id"], "name": "app"}
    ]
    assert [host["name"] for host in client.get(HOSTS, label="tier=gold", search="SHO")] == ["shop"]
    assert [host["name"] for host in client.get(HOSTS, server_name="bücher.example")] == ["shop"]
    assert client.get(HOSTS, uses=upstream["id"])[0]["id"] == made["id"]
    [use] = client.get(f"{UPSTREAMS}/app")["used_by"]
    assert (use["kind"], use["name"]) == ("virtual_host", "shop")

    # A name alone makes no version; a port does; the same again changes nothing.
    named = client.patch(f"{HOSTS}/shop", {"description": "Shop"})
    assert (named["version"], named["revision"]) == (1, 2)
    moved = client.patch(f"{HOSTS}/shop", {"listen_port": 8080, "summary": "another port"})
    assert (moved["version"], moved["revision"], moved["locations"]) == (2, 3, made["locations"])
    assert client.patch(f"{HOSTS}/shop", {"listen_port": 8080})["revision"] == 3

    versions = client.get(f"{HOSTS}/shop/versions")
    assert [(one["version"], one["current"], one["summary"]) for one in versions] == [
        (2, True, "another port"),
        (1, False, "the first"),
    ]
    first = client.get(f"{HOSTS}/shop/versions/1")
    assert first["sha256"] == made["sha256"]
    assert "server_name www.example.com xn--bcher-kva.example;" in first["files"][0]["text"]
    assert [file["nginx"] for file in first["files"]] == [["1.22", "1.26", "1.30"]]
    differs = client.get(f"{HOSTS}/shop/diff")
    assert differs == client.get(f"{HOSTS}/shop/diff", **{"from": 1, "to": 2})
    assert differs["changes"] == [{"field": "listen_port", "before": 80, "after": 8080}]
    assert "-    listen 80;\n" in differs["text"]
    assert "+    listen 8080;\n" in differs["text"]
    back = client.post(f"{HOSTS}/shop/rollback", {})
    assert (back["version"], back["listen_port"], back["sha256"]) == (3, 80, made["sha256"])
    assert client.get(f"{HOSTS}/shop/versions")[0]["restored_from"] == 1
    assert refusal(client, "GET", f"{HOSTS}/shop/versions/9")[0] == "NOT_FOUND"

    shown = client.post(
        f"{HOSTS}/shop/preview", {"locations": [{"path": "/a/", "proxy_pass": "http://b:1/"}]}
    )
    assert (shown["problems"], shown["requests"]) == ([], ["/a/x is sent as /x"])
    wrong = client.post(f"{HOSTS}/preview", {"server_name": ["a b;c"], "locations": [{"path": "x"}], **PLAIN})
    assert [problem["field"] for problem in wrong["problems"]] == ["server_name", "locations[0].path"]
    assert client.get(f"{HOSTS}/shop")["version"] == 3
    assert "server 10.0.0.5:8080" in client.post(f"{UPSTREAMS}/app/preview", {})["files"][0]["text"]

    code, message, _ = refusal(client, "DELETE", f"{UPSTREAMS}/app")
    assert (code, message) == ("CONFLICT", "the upstream app is in use by virtual host shop")
    actions = {row["action"] for row in client.get("/api/v1/audit-log", action="virtual_host.*")}
    assert actions == {"virtual_host.create", "virtual_host.update", "virtual_host.rollback"}


def _refusals(client: Client) -> None:
    location = {"path": "/", "redirect": "/x"}

    def host(**more: Any) -> tuple[str, str, list[str]]:
        body = {"name": "other", "server_name": ["o.example"], "locations": [location], **PLAIN, **more}
        return refusal(client, "POST", HOSTS, body)

    code, message, fields = host(server_name=["WWW.example.com"])
    assert (code, fields) == ("CONFLICT", ["server_name"])
    assert message == "www.example.com on port 80 is answered by the virtual host shop already"
    assert host(name="shop", listen_port=81)[0] == "CONFLICT"
    for words, wrong in (({"summary": "x" * 2000}, "summary"), ({"name": ""}, "name")):
        code, _, fields = refusal(client, "POST", f"{HOSTS}/shop/preview", words)
        assert (code, fields) == ("VALIDATION_ERROR", [wrong])
    assert refusal(client, "GET", f"{HOSTS}/shop/diff?from=null", None)[0] == "VALIDATION_ERROR"
    for more, field in (
        ({"locations": [{"path": "/", "upstream_id": "nothing"}]}, "locations[0].upstream_id"),
        ({"template": "nothing"}, "template"),
        ({"ssl_enabled": True, "ssl_certificate_id": "nothing"}, "ssl_certificate_id"),
        ({"target_agents": {"kind": "node", "node": "nothing"}}, "target_agents.node"),
        ({"target_agents": {"kind": "node"}}, "target_agents.node"),
        ({"name": "preview"}, "name"),
        ({"listen_port": 0}, "listen_port"),
        ({"locations": [{**location, "custom_headers": [{"name": "X", "value": "a\nb"}]}]}, None),
    ):
        code, _, fields = host(**more)
        assert code == "VALIDATION_ERROR", more
        assert fields == [field or "locations[0].custom_headers[0].value"], more
    for server, field in (
        ({"node": "nothing", "port": 80}, "servers[0].node"),
        ({"instance": "vm-1"}, "servers[0].instance"),
        ({"address": "10.0.0.5"}, "servers[0].address"),
    ):
        assert refusal(client, "POST", UPSTREAMS, {"name": "u", "servers": [server]})[2] == [field]


def _templates(client: Client) -> None:
    listed = client.get(TEMPLATES)
    assert [(one["name"], one["built_in"]) for one in listed][:2] == [("default", True), ("spa", True)]
    assert [one["name"] for one in client.get(TEMPLATES, search="websocket")] == ["websocket"]
    assert "{{listen}}" in client.get(f"{TEMPLATES}/api")["text"]
    assert refusal(client, "PATCH", f"{TEMPLATES}/api", {"text": OURS})[0] == "CONFLICT"
    assert refusal(client, "POST", TEMPLATES, {"name": "api", "text": OURS})[2] == ["name"]
    bad = OURS.replace("return 204", "perl x")
    code, message, fields = refusal(client, "POST", TEMPLATES, {"name": "mine", "text": bad})
    assert (code, fields) == ("VALIDATION_ERROR", ["text"])
    assert "line 3" in message
    [problem] = client.post(f"{TEMPLATES}/preview", {"text": bad})["problems"]
    assert (problem["field"], problem["line"]) == ("text", 3)
    mine = client.post(TEMPLATES, {"name": "mine", "text": OURS})
    host = client.patch(f"{HOSTS}/shop", {"template": "mine"})
    assert (host["template"], host["references"][-1]["name"]) == (mine["id"], "mine")
    assert "return 204;" in client.post(f"{HOSTS}/shop/preview", {})["files"][0]["text"]
    # A text that fits its virtual hosts no longer is refused, with the name of one.
    nested = OURS.replace("return 204;", "index {{root}}x;")
    _, message, _ = refusal(client, "PATCH", f"{TEMPLATES}/mine", {"text": nested})
    assert "the virtual host shop cannot be written with it" in message
    assert refusal(client, "DELETE", f"{TEMPLATES}/mine")[0] == "CONFLICT"
    client.delete(f"{HOSTS}/shop")
    client.delete(f"{TEMPLATES}/mine")
    client.delete(f"{UPSTREAMS}/app")
    assert client.get(HOSTS) == []


async def _preconditions(plane: ControlPlane) -> None:
    await plane.agent("edge-1")
    key = (await plane.post("/api/v1/personal-keys", {"name": "test", "kind": "api-key"}))["api_key"]

    def ask() -> None:
        with Requester(plane, key) as requester:
            body = {"name": "n", "servers": [{"node": "EDGE-1", "port": 80}]}
            made = requester.post(UPSTREAMS, body)
            assert made.data["references"][0]["name"] == "edge-1"
            tag = requester.get(f"{UPSTREAMS}/n").headers["etag"]
            changed = requester.send("PATCH", f"{UPSTREAMS}/n", {"keepalive": 0}, If_Match=tag)
            assert (changed.status, changed.data["version"]) == (200, 2)
            assert requester.send("PATCH", f"{UPSTREAMS}/n", {"keepalive": 1}, If_Match=tag).status == 412
            assert requester.send("DELETE", f"{UPSTREAMS}/n", If_Match=tag).status == 412

    await trio.to_thread.run_sync(ask)


async def _commands(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await cli.ok("upstream", "create", "app", "--server", "10.0.0.5:80", "--on-node", "edge-1:81")
    shown = await cli.ok("upstream", "show", "app")
    assert "10.0.0.5:80, node edge-1:81" in shown
    await cli.ok("vhost", "create", "web", "--domain", "w.example", "--no-tls", "--upstream", "app")
    assert "/ -> upstream app" in await cli.ok(
        "vhost", "set", "web", "--port", "81", "--summary", "other port"
    )
    assert (await cli.ok("vhost", "list", "-o", "csv")).splitlines()[1].startswith("web,w.example,81,")
    assert "listen_port: 443 -> 81" in await cli.ok("vhost", "diff", "web")
    assert "other port" in await cli.ok("vhost", "versions", "web")
    editor = folder / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/^listen_port: .*/listen_port: 82/' \"$1\"\n")
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    assert (await cli.json("vhost", "edit", "web"))["listen_port"] == 82
    assert (await cli.json("vhost", "rollback", "web", "--to", "2"))["listen_port"] == 81
    assert "# /x is sent as it is" in await cli.ok("vhost", "preview", "web")
    (folder / "bad.yaml").write_text("locations: [{path: x, redirect: /}]\n")
    status, out, _ = await cli("vhost", "preview", "web", "-f", str(folder / "bad.yaml"))
    assert (status, "locations[0].path" in out) == (1, True)
    (folder / "ours.conf").write_text(OURS)
    await cli.ok("template", "create", "ours", "-f", str(folder / "ours.conf"))
    assert await cli.ok("template", "text", "ours") == OURS
    # Those that came with the program were made at no time.
    ages = {line.split()[0]: line for line in (await cli.ok("template", "list")).splitlines()}
    assert re.search(r" yes +1 +- +- +-$", ages["spa"].rstrip()), ages["spa"]
    assert "Created: " not in await cli.ok("template", "show", "spa")
    assert "return 204;" in await cli.ok("template", "preview", str(folder / "ours.conf"))
    status, _, err = await cli("template", "delete", "default", "--yes")
    assert (status, "comes with Nimbus" in err) == (1, True)


_DECLARED = """\
kind: VirtualHost
metadata: {name: web, labels: {app: shop}}
spec:
  server_name: [w.example]
  ssl_enabled: false
  listen_port: 81
  locations:
    - {path: /, upstream_id: app, websocket: false}
---
kind: Upstream
metadata: {name: app, labels: {app: shop}}
spec: {servers: [{address: 10.0.0.5:80}, {node: edge-1, port: 81}]}
---
kind: Template
metadata: {name: ours, labels: {app: shop}}
spec: {text: "server {\\n    {{listen}}\\n    server_name {{server_name}};\\n}\\n"}
"""


async def _declared(cli: Cli, folder: Path) -> None:
    file = folder / "shop.yaml"
    file.write_text(_DECLARED)
    planned = await cli.json("apply", "-f", str(file), "--yes")
    changed = {
        action["name"]: [change["field"] for change in action["changes"]] for action in planned["actions"]
    }
    # What is written otherwise, and means the same, is no change.
    assert changed == {
        "default/default/ours": ["text", "labels"],
        "default/default/app": ["labels"],
        "default/default/web": ["labels"],
    }
    again = await cli.json("apply", "-f", str(file), "--yes")
    assert again["summary"] == {"create": 0, "update": 0, "delete": 0, "unchanged": 3}
    file.write_text(_DECLARED.replace("upstream_id: app", "upstream_id: nothing"))
    status, _, err = await cli("apply", "-f", str(file), "--yes")
    assert (status, "shop.yaml:8: there is no upstream 'nothing'" in err) == (4, True), err
    file.write_text("kind: Workspace\nmetadata: {name: default}\n")
    pruned = await cli.json("apply", "-f", str(file), "--prune", "--selector", "app=shop", "--yes")
    gone = [action["kind"] for action in pruned["actions"] if action["action"] == "delete"]
    assert gone == ["VirtualHost", "Upstream", "Template"]


async def _imported(cli: Cli, folder: Path) -> None:
    file = folder / "nginx.conf"
    file.write_text(
        "http {\n    upstream back { server 10.0.0.5:80; }\n    server {\n        listen 80;\n"
        "        server_name i.example;\n        location / { proxy_pass http://back; lua_x y; }\n    }\n}\n"
    )
    status, out, err = await cli("vhost", "import", str(file), "--dry-run")
    assert (status, out.count("would be created")) == (0, 2)
    assert f"{file}:6: lua_x y: not taken" in err
    assert "created" in await cli.ok("vhost", "import", str(file))
    assert (await cli.json("vhost", "show", "i-example"))["references"][0]["name"] == "back"
    status, out, _ = await cli("vhost", "import", str(file))
    assert (status, "there is an upstream named 'back' already" in out) == (1, True)
