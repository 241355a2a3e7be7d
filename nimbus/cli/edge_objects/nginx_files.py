"""An nginx configuration that is there, read into directives with file and line. Includes are followed below the
folder of the first file, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nimbus.cli.edge_objects.directives import Directive, Said
from nimbus.cli.edge_objects.proxy_manager import is_its_include
from nimbus.protocol.errors import UsageError
from nimbus.protocol.nginx.tokens import Kind, NginxSyntaxError, Token, tokens

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_FILES = 500
MAX_DEPTH = 32


@dataclass
class NginxFiles:
    """`read` gives the directives; `said` has the includes that were not followed."""

    file: Path
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._folder = Path(os.path.realpath(self.file)).parent
        self._open: list[Path] = []
        self._count = 0

    def read(self) -> tuple[Directive, ...]:
        """Raises UsageError, with the line."""
        return self._read(self.file)

    def _read(self, file: Path) -> tuple[Directive, ...]:
        self._count += 1
        if self._count > MAX_FILES:
            raise UsageError(f"{self.file} includes more than {MAX_FILES} files")
        try:
            with file.open("rb") as stream:
                content = stream.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}") from None
        if len(content) > MAX_FILE_BYTES:
            raise UsageError(f"{file} is larger than {MAX_FILE_BYTES} bytes")
        self._open.append(Path(os.path.realpath(file)))
        try:
            return self._block(str(file), iter(tokens(content.decode("utf-8", "replace"))), 0)
        except NginxSyntaxError as error:
            raise UsageError(f"{file}:{error.line}: {error.reason}") from None
        finally:
            self._open.pop()

    def _block(self, file: str, read: Iterator[Token], depth: int) -> tuple[Directive, ...]:
        """To the `}` that ends it, or the end of the file."""
        found: list[Directive] = []
        words: list[Token] = []
        for token in read:
            if token.kind is Kind.WORD:
                words.append(token)
                continue
            if token.kind is Kind.CLOSE:
                if words or not depth:
                    raise NginxSyntaxError("a } where none can be", token.line)
                return tuple(found)
            if not words or depth >= MAX_DEPTH:
                raise NginxSyntaxError(f"a {token.value} where none can be", token.line)
            block = self._block(file, read, depth + 1) if token.kind is Kind.OPEN else None
            name, *arguments = (word.value for word in words)
            one = Directive(name, tuple(arguments), f"{file}:{words[0].line}", block)
            words = []
            found += self._included(one) if name == "include" and block is None else [one]
        if words or depth:
            raise NginxSyntaxError("the file ends within a directive", words[0].line if words else 1)
        return tuple(found)

    def _included(self, one: Directive) -> Iterator[Directive]:
        pattern = one.arguments[0] if one.arguments else ""
        if os.path.basename(pattern) in ("mime.types", "fastcgi_params", "proxy_params", "uwsgi_params"):
            return
        if is_its_include(pattern):
            yield one
            return
        relative = os.path.relpath(pattern, self._folder) if os.path.isabs(pattern) else pattern
        try:
            files = sorted(self._folder.glob(relative)) if ".." not in Path(relative).parts else []
        except (ValueError, OSError):
            files = []
        followed = [file for file in files if file.is_file() and self._is_below(file)]
        if len(followed) < max(1, len(files)) and not ("*" in pattern and not files and ".." not in relative):
            self.said.append(
                Said(one.place, f"include {pattern}: not followed, it is not below {self._folder}")
            )
        for file in followed:
            if Path(os.path.realpath(file)) in self._open:
                self.said.append(Said(one.place, f"include {file}: includes itself, not followed again"))
            else:
                yield from self._read(file)

    def _is_below(self, file: Path) -> bool:
        """Links are followed first."""
        return Path(os.path.realpath(file)).is_relative_to(self._folder)
