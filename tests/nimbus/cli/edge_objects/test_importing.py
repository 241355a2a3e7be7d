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


def test_locations_have_what_their_server_says_of_access_and_headers(tmp_path: Path) -> None:
    found = taken(
        tmp_path,
        """\
server {
    server_name a.example; allow 10.0.0.0/8; deny all; add_header X-A "1";
    location / { proxy_pass http://10.0.0.9:81; }
    location /open/ { allow all; proxy_pass http://10.0.0.9:81; add_header X-B "2"; }
    location /never/ { deny all; root /srv; }
}
""",
    )
    [host] = found.hosts
    assert host["locations"] == [
        {
            "path": "/",
            "proxy_pass": "http://10.0.0.9:81",
            "allow": ["10.0.0.0/8"],
            "custom_headers": [{"name": "X-A", "value": "1"}],
        },
        {
            "path": "/open/",
            "proxy_pass": "http://10.0.0.9:81",
            "custom_headers": [{"name": "X-B", "value": "2"}],
        },
    ]
    assert lost(found) == ["nginx.conf:5 location /never/: is closed to all, not taken"]


@pytest.mark.parametrize(
    "guard",
    [
        'auth_basic "who"; auth_basic_user_file /etc/nginx/users;',
        "auth_request /check;",
        "deny 192.0.2.1;",
        "ssl_verify_client on;",
        "location /inner/ { internal; root /srv; }",
    ],
)
def test_a_host_is_not_opened_to_more_than_before(tmp_path: Path, guard: str) -> None:
    text = f"server {{ server_name a.example; root /srv; {guard} }}\nserver {{ server_name b.example; root /srv; }}"
    found = taken(tmp_path, text)
    assert [host["server_name"] for host in found.hosts] == [["b.example"]]
    assert any("would be open to more than before" in line for line in lost(found))


OF_PROXY_MANAGER = """\
map $scheme $hsts_header { https "max-age=63072000;preload"; }
server {
  set $forward_scheme http;
  set $server         "192.0.2.10";
  set $port           8080;
  listen 80;
  listen [::]:80;
  listen 443 ssl;
  listen [::]:443 ssl;
  server_name shop.example www.shop.example;
  http2 on;
  include conf.d/include/letsencrypt-acme-challenge.conf;
  include conf.d/include/ssl-cache.conf;
  include conf.d/include/ssl-ciphers.conf;
  ssl_certificate /etc/letsencrypt/live/npm-1/fullchain.pem;
  ssl_certificate_key /etc/letsencrypt/live/npm-1/privkey.pem;
  include conf.d/include/block-exploits.conf;
  add_header Strict-Transport-Security $hsts_header always;
  set $trust_forwarded_proto "F";
  include conf.d/include/force-ssl.conf;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $http_connection;
  proxy_http_version 1.1;
  access_log /data/logs/proxy-host-1_access.log proxy;
  location /api {
    set $server "192.0.2.11";
    set $port   3000;
    proxy_set_header Host $host;
    proxy_pass $forward_scheme://$server:$port$request_uri;
  }
  location / {
    include conf.d/include/proxy.conf;
  }
  include /data/nginx/custom/server_proxy[.]conf;
}
"""


def test_hosts_of_nginx_proxy_manager(tmp_path: Path) -> None:
    found = taken(tmp_path, OF_PROXY_MANAGER, "mine")
    assert found.hosts == [
        {
            "name": "shop-example",
            "server_name": ["shop.example", "www.shop.example"],
            "listen_port": 443,
            "ssl_enabled": True,
            "ssl_certificate_id": "mine",
            "redirect_http": True,
            "http2": True,
            "hsts": 63_072_000,
            "locations": [
                {"path": "/api", "proxy_pass": "http://192.0.2.11:3000"},
                {"path": "/", "websocket": True, "proxy_pass": "http://192.0.2.10:8080"},
            ],
        }
    ]
    assert lost(found) == ["nginx.conf:17 include conf.d/include/block-exploits.conf: not taken"]
    # Without TLS it answers port 80 itself.
    bare = OF_PROXY_MANAGER.replace("  include conf.d/include/force-ssl.conf;\n", "")
    ports = [(host["listen_port"], host.get("hsts")) for host in taken(tmp_path, bare, "mine").hosts]
    assert ports == [(80, None), (443, 63_072_000)]


@pytest.mark.parametrize(
    ("text", "line"), [("server {", 1), ("a;\n}", 2), ("a b", 1), ("a;\n;", 2), ('a "b', 1), ("x {" * 40, 1)]
)
def test_what_is_no_configuration_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(UsageError, match=rf"nginx\.conf:{line}: "):
        taken(tmp_path, text)
    with pytest.raises(UsageError, match="cannot be read"):
        NginxFiles(tmp_path / "none.conf").read()
