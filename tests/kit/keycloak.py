"""Keycloak as a process of the test: its distribution from the Maven repository, with a realm that is imported."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports

VERSION = "26.4.0"
NAME = f"keycloak-{VERSION}"
# Ignored by git.
CACHE = Path(__file__).parents[2] / "build" / "keycloak"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
_ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
FETCH_WITHIN_S = 600
START_WITHIN_S = 240
PASSWORD = "only for tests"


def distribution() -> Path:
    """The zip file. Skips the test where it cannot be had."""
    if not (shutil.which("java") and shutil.which("mvn")):
        pytest.skip("needs a Java runtime and maven")
    file = CACHE / f"keycloak-quarkus-dist-{VERSION}.zip"
    if not file.exists():
        command = ["mvn", "-q", "-B", _PLUGIN, f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={CACHE}"]
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=FETCH_WITHIN_S,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode or not file.exists():
            pytest.skip(f"Keycloak cannot be fetched: {done.stdout.strip()[-300:]}")
    return file


class Keycloak:
    """`issuer` is that of its realm `corp`; the client is `corp` as well."""

    client_id, client_secret = "corp", "a secret of the client"

    def __init__(self, folder: Path, ca_file: str) -> None:
        self.folder = folder
        self._ca_file = ca_file
        self.port, self._management = free_ports(2)
        self.base = f"http://127.0.0.1:{self.port}"
        self.issuer = f"{self.base}/realms/corp"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(timeout=30, trust_env=False)

    def unpack(self, realm: dict[str, Any]) -> None:
        with zipfile.ZipFile(distribution()) as archive:
            archive.extractall(self.folder)
        (self.folder / NAME / "bin" / "kc.sh").chmod(0o755)
        imports = self.folder / NAME / "data" / "import"
        imports.mkdir(parents=True)
        (imports / "corp.json").write_text(json.dumps(realm))

    def start(self) -> None:
        command = [
            str(self.folder / NAME / "bin" / "kc.sh"),
            "start-dev",
            "--import-realm",
            "--http-host=127.0.0.1",
            f"--http-port={self.port}",
            f"--http-management-port={self._management}",
            "--cache=local",
            f"--truststore-paths={self._ca_file}",
        ]
        environment = {
            **os.environ,
            "KC_BOOTSTRAP_ADMIN_USERNAME": "boss",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
            "JAVA_OPTS_KC_HEAP": "-Xms128m -Xmx768m",
        }
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "log").open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    async def is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()[-3000:]

        def ask() -> bool:
            try:
                return self.client.get(f"{self.issuer}/.well-known/openid-configuration").status_code == 200
            except httpx.HTTPError:
                return False

        return await trio.to_thread.run_sync(ask)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def stop(self) -> None:
        """The script starts Java: both are in a group of their own."""
        self.client.close()
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Its own REST API, below the realm."""

        def ask() -> Any:
            form = {
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": "boss",
                "password": PASSWORD,
            }
            url = f"{self.base}/realms/master/protocol/openid-connect/token"
            token = self.client.post(url, data=form).raise_for_status().json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            answer = self.client.request(
                method, f"{self.base}/admin/realms/corp{path}", json=body, headers=headers
            )
            answer.raise_for_status()
            return answer.json() if answer.content else None

        return await trio.to_thread.run_sync(ask)


def realm(redirect_uri: str) -> dict[str, Any]:
    """Ada in the group ops, and the client."""
    groups = {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"claim.name": "groups", "full.path": "false", "id.token.claim": "true"},
    }
    roles = {
        "name": "roles",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-realm-role-mapper",
        "config": {
            "claim.name": "realm_access.roles",
            "multivalued": "true",
            "id.token.claim": "true",
            "jsonType.label": "String",
        },
    }
    return {
        "realm": "corp",
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": "ops"}, {"name": "audit"}],
        "roles": {"realm": [{"name": "reader"}]},
        "users": [
            {
                "username": "ada",
                "enabled": True,
                "email": "ada@example.org",
                "emailVerified": True,
                "firstName": "Ada",
                "lastName": "Lovelace",
                "groups": ["ops"],
                "realmRoles": ["reader"],
                "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
            }
        ],
        "clients": [
            {
                "clientId": Keycloak.client_id,
                "secret": Keycloak.client_secret,
                "redirectUris": [redirect_uri],
                "enabled": True,
                "publicClient": False,
                "standardFlowEnabled": True,
                "protocolMappers": [groups, roles],
                "attributes": {
                    "pkce.code.challenge.method": "S256",
                    "oauth2.device.authorization.grant.enabled": "true",
                    "backchannel.logout.url": redirect_uri.replace("/callback", "/backchannel-logout"),
                    "backchannel.logout.session.required": "true",
                },
            }
        ],
    }


@asynccontextmanager
async def keycloak(folder: Path, redirect_uri: str, ca_file: str) -> AsyncIterator[Keycloak]:
    made = Keycloak(folder, ca_file)
    try:
        await trio.to_thread.run_sync(made.unpack, realm(redirect_uri))
        made.start()
        await eventually_so(made.is_up, "Keycloak answers", START_WITHIN_S, 0.5)
        yield made
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(made.stop)
