"""A fake browser for `nimbus login --browser`: does what the dashboard's page does, as somebody who is signed in.

`python -m tests.kit.dashboard_browser CA_FILE ACCESS_TOKEN yes|no|forge ADDRESS`
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit


def main(ca_file: str, token: str, answer: str, address: str) -> None:
    parts = urlsplit(address)
    assert parts.path == "/cli-login"
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    listener = f"http://127.0.0.1:{asked['port']}/callback"
    if answer == "no":
        _open(f"{listener}?{urlencode({'error': 'access_denied', 'state': asked['state']})}")
        return
    if answer == "forge":
        # Another page's code, to have the command line sign in as somebody else.
        status = _open(f"{listener}?{urlencode({'code': 'forged', 'state': 'guessed'})}")
        assert status == 404, status
    context = ssl.create_default_context(cafile=ca_file)
    assert parts.hostname
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=30)
    body = {"challenge": asked["challenge"], "port": int(asked["port"]), "state": asked["state"]}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/auth/cli-grants", json.dumps(body), headers)
    reply = connection.getresponse()
    assert reply.status == 201, reply.read()
    assert _open(json.loads(reply.read())["data"]["redirect"]) == 200


def _open(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


if __name__ == "__main__":
    main(*sys.argv[1:])
