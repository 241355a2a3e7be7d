"""An nginx configuration becomes virtual hosts and upstreams; what does not fit is said, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.cli.edge_objects.importing import Imported, imported
from nimbus.cli.edge_objects.nginx_files import NginxFiles
from nimbus.protocol.errors import UsageError


def taken(folder: Path, text: str, certificate: str = "") -> Imported:
    file = folder / "nginx.conf"
    file.write_text(text)
    files = NginxFiles(file)
    found = imported(files.read(), certificate)
    found.lost[:0] = files.said
    return found


def lost(found: Imported) -> list[str]:
    return [f"{said.place.rpartition('/')[2]} {said.text}" for said in found.lost]


def test_a_site_with_tls_and_the_server_that_leads_to_it_are_one_host(tmp_path: Path) -> None:
    found = taken(
        tmp_path,
        """\
http {
    upstream app { least_conn; server 10.0.0.5:8080 weight=3 slow_start=5s; server app.example backup; }
    server { listen 80; listen [::]:80; server_name w.example old.example; return 301 https://$host$request_uri; }
    server {
        listen 443 ssl http2; server_name w.example; ssl_certificate /x.pem; client_max_body_size 1g;
        location / { proxy_pass http://app; proxy_set_header Host $host; proxy_set_header X-A "a;b"; }
        location /api/ { proxy_pass http://10.0.0.9:81/; proxy_read_timeout 2m; limit_req zone=a; }
        location /ws/ { proxy_pass http://app/; proxy_set_header Upgrade $http_upgrade; proxy_buffering off; }
        location @x { return 301 /y; }
    }
}
""",
        "mine",
    )
    assert found.upstreams == [
        {
            "name": "app",
            "servers": [
                {"address": "10.0.0.5:8080", "weight": 3},
                {"address": "app.example:80", "backup": True},
            ],
            "algorithm": "least_connections",
        }
    ]
    [host] = found.hosts
    assert (host["name"], host["listen_port"], host["redirect_http"]) == ("w-example", 443, True)
    assert (host["ssl_certificate_id"], host["max_body"]) == ("mine", 1024)
    assert host["locations"] == [
        {"path": "/", "upstream_id": "app", "request_headers": [{"name": "X-A", "value": "a;b"}]},
        {"path": "/api/", "proxy_pass": "http://10.0.0.9:81/", "proxy_timeout": 120},
        {"path": "/ws/", "upstream_id": "app", "upstream_path": "/", "websocket": True, "buffering": False},
    ]
    assert lost(found) == [
        "nginx.conf:2 slow_start=5s of the server 10.0.0.5:8080: not taken",
        "nginx.conf:7 limit_req zone=a: not taken",
        "nginx.conf:9 location @x: has only a name, not taken",
        "nginx.conf:3 the redirect of old.example: not taken",
    ]


def test_what_cannot_be_one_is_said(tmp_path: Path) -> None:
    found = taken(
        tmp_path,
        "server { listen 443 ssl; server_name a.example; location / { return 301 https://b.example/; } }\n"
        "server { listen 80 default_server; server_name _; root /srv/x; }\n"
        "server { server_name c.example; location / { fastcgi_pass unix:/run/php.sock; } }\n"
        "server { listen 8080; server_name d.example; root /srv/d/; try_files $uri /i.html; }\n",
    )
    assert [(host["name"], host["listen_port"], host["locations"]) for host in found.hosts] == [
        ("d-example-8080", 8080, [{"path": "/", "root": "/srv/d"}])
    ]
    said = lost(found)
    assert "nginx.conf:1 server a.example on port 443: with TLS, not taken without a certificate" in said[0]
    assert said[1:] == [
        "nginx.conf:2 server_name _: not a domain, not taken",
        "nginx.conf:2 server: without a domain, not taken",
        "nginx.conf:3 fastcgi_pass unix:/run/php.sock: not taken",
        "nginx.conf:3 location /: nothing answers there, not taken",
        "nginx.conf:3 server c.example: without a location, not taken",
        "nginx.conf:4 try_files $uri /i.html: not taken",
    ]


def test_includes_are_followed_below_the_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    (folder / "sites").mkdir(parents=True)
    outside = "server { server_name o.example; location / { return 301 /o; } }"
    (tmp_path / "outside.conf").write_text(outside)
    (folder / "sites" / "b.conf").write_text(outside.replace("o.example", "b.example"))
    (folder / "sites" / "link.conf").symlink_to(tmp_path / "outside.conf")
    (folder / "again.conf").write_text("include again.conf;")
    found = taken(
        folder,
        f"include {folder}/sites/*.conf;\ninclude ../outside.conf;\ninclude {tmp_path}/outside.conf;\n"
        "include again.conf;\ninclude mime.types;\ninclude none/*.conf;\n",
    )
    assert [host["server_name"] for host in found.hosts] == [["b.example"]]
    assert [(line.partition(" ")[0], "not followed" in line) for line in lost(found)] == [
        ("nginx.conf:1", True),
        ("nginx.conf:2", True),
        ("nginx.conf:3", True),
        ("again.conf:1", True),
    ]


@pytest.mark.parametrize(
    ("text", "line"), [("server {", 1), ("a;\n}", 2), ("a b", 1), ("a;\n;", 2), ('a "b', 1), ("x {" * 40, 1)]
)
def test_what_is_no_configuration_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(UsageError, match=rf"nginx\.conf:{line}: "):
        taken(tmp_path, text)
    with pytest.raises(UsageError, match="cannot be read"):
        NginxFiles(tmp_path / "none.conf").read()
