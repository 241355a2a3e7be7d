"""The certificates that this edge serves: a folder of root's own, `STEM.pem` and `STEM.key`. Functions block.

nginx opens them as root when it starts or reloads. A file replaces the one before it by a rename, and the two of a
pair follow each other: what nginx reads in between does not match, is refused, and is read again by the reload that
follows.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable
from pathlib import Path

import msgspec

from nimbus.protocol.edge import CertificateFiles, EdgeCertificate
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import write_atomically

_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}", re.ASCII)
_ENDINGS = (".pem", ".key", ".new")
_VERSIONS = "versions.json"
_decoder = msgspec.json.Decoder(dict[str, int])


class CertificateUnusable(NimbusError):
    code = "CERTIFICATE_UNUSABLE"


class CertificateFolder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        """Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)

    def lacking(self, wanted: Iterable[EdgeCertificate]) -> list[EdgeCertificate]:
        """Those that are not here in this version."""
        versions = self._versions()
        return [one for one in wanted if versions.get(one.stem) != one.version or not self._has(one.stem)]

    def save(self, wanted: EdgeCertificate, files: CertificateFiles) -> None:
        """Raises CertificateUnusable: what was there stays; OSError."""
        if not _STEM.fullmatch(wanted.stem):
            raise CertificateUnusable(f"{wanted.stem!r} is no name of a certificate")
        self.make()
        # Until both are whole this pair is of no version.
        versions = self._versions()
        self._note({stem: version for stem, version in versions.items() if stem != wanted.stem})
        trial = self.folder / f".{wanted.stem}.new"
        write_atomically(trial, f"{files.chain}\n{files.key}".encode())
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(trial, password=_no_password)
        except (ssl.SSLError, ValueError):
            raise CertificateUnusable(f"certificate {wanted.id} and its key do not belong together") from None
        finally:
            trial.unlink(missing_ok=True)
        write_atomically(self.folder / f"{wanted.stem}.key", files.key.encode())
        write_atomically(self.folder / f"{wanted.stem}.pem", files.chain.encode())
        self._note({**versions, wanted.stem: wanted.version})

    def keep_only(self, wanted: Iterable[EdgeCertificate], texts: Iterable[str]) -> None:
        """Those that are wanted, or named in what is served; keys that are not are not kept. Raises OSError."""
        if not self.folder.is_dir():
            return
        here = {path.stem.removeprefix(".") for path in self.folder.iterdir() if path.suffix in _ENDINGS}
        unnamed = here - {one.stem for one in wanted}
        for text in texts:
            unnamed = {stem for stem in unnamed if stem not in text}
        for path in self.folder.iterdir():
            if path.suffix in _ENDINGS and path.stem.removeprefix(".") in unnamed:
                path.unlink(missing_ok=True)
        versions = self._versions()
        if versions.keys() & unnamed:
            self._note({stem: version for stem, version in versions.items() if stem not in unnamed})

    def _has(self, stem: str) -> bool:
        return all((self.folder / f"{stem}{ending}").is_file() for ending in (".pem", ".key"))

    def _versions(self) -> dict[str, int]:
        try:
            return _decoder.decode((self.folder / _VERSIONS).read_bytes())
        except (OSError, msgspec.DecodeError):
            return {}

    def _note(self, versions: dict[str, int]) -> None:
        write_atomically(self.folder / _VERSIONS, msgspec.json.encode(versions))


def _no_password() -> str:
    """A key that wants one is of no use to nginx; without this OpenSSL would ask the terminal."""
    raise ValueError("the key is encrypted")
