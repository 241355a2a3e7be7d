"""What could come next on a command line: read from the very parsers that will parse it, and asked of the API."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nimbus.client.profiles import Session, load_profile, profile_name, stored_profiles

TIMEOUT_S = 1.0
MAX_NAMES = 1000
FILES = ":files"
# What stands in a shell's line without quotes.
_PLAIN = re.compile(r"[A-Za-z0-9._@/:=+,~-]+")
# By what an argument is called: the collection, and the field that is its name.
_NAMES = {
    "node": ("nodes", "name"),
    "nodes": ("nodes", "name"),
    "rejoin": ("nodes", "name"),
    "workspace": ("workspaces", "full_name"),
    "organization": ("organizations", "name"),
    "user": ("users", "username"),
    "role": ("roles", "name"),
    "group": ("groups", "name"),
    "key": ("keys", "name"),
    "task": ("tasks", "id"),
    "after": ("tasks", "id"),
    "session": ("sessions", "id"),
    "artifact": ("artifacts", "reference"),
    "vhost": ("virtual-hosts", "name"),
    "upstream": ("upstreams", "name"),
    "template": ("templates", "name"),
    "secret": ("secrets", "name"),
    "certificate": ("certificates", "name"),
    "grant": ("grants", "id"),
    "org": ("organizations", "name"),
    "provider": ("identity-providers", "name"),
    "invite": ("invites", "email"),
}
_FILE_WORDS = ("file", "from_file", "to_file", "ca", "config", "password_file")
Candidate = tuple[str, str]


def candidates(words: Sequence[str], parser: argparse.ArgumentParser) -> list[Candidate]:
    """`words` after the noun, the last of which is being written. Each with what it means."""
    *done, current = words
    place = _Place(parser)
    for word in done:
        place.read(word)
    if place.pending is not None:
        return _matching(_of(place.pending, words), current)
    if current.startswith("--") and "=" in current:
        name, _, value = current.partition("=")
        action = place.options.get(name)
        values = _matching(_of(action, words), value) if action is not None else []
        return [(f"{name}={word}" if word != FILES else word, meaning) for word, meaning in values]
    if current.startswith("-") and not place.literal:
        return _matching(place.option_words(), current)
    known = _of(place.positional, words) if place.positional is not None else []
    return _matching(known, current)


class _Place:
    """The place in a parser that the words so far lead to."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.literal = False
        self.pending: argparse.Action | None = None
        self._enter(parser)

    def _enter(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser
        self._seen: set[str] = set()
        self.options = parser._option_string_actions
        self._positionals = [action for action in parser._actions if not action.option_strings]

    @property
    def positional(self) -> argparse.Action | None:
        return self._positionals[0] if self._positionals else None

    def read(self, word: str) -> None:
        if self.pending is not None:
            self.pending = None
        elif word == "--":
            self.literal = True
        elif word.startswith("-") and len(word) > 1 and not self.literal:
            action = self.options.get(word.partition("=")[0])
            if action is not None:
                self._seen.update(action.option_strings)
                if action.nargs != 0 and "=" not in word:
                    self.pending = action
        else:
            self._argument(word)

    def _argument(self, word: str) -> None:
        action = self.positional
        if isinstance(action, argparse._SubParsersAction):
            chosen = action.choices.get(word)
            if chosen is not None:
                self._enter(chosen)
            else:
                self._positionals = []
        elif action is not None and action.nargs not in ("+", "*"):
            self._positionals.pop(0)

    def option_words(self) -> list[Candidate]:
        """Those that were not given, but for what may be repeated."""
        return [
            (word, action.help or "")
            for word, action in self.options.items()
            if action.help != argparse.SUPPRESS
            and (word not in self._seen or isinstance(action, argparse._AppendAction))
        ]


def _of(action: argparse.Action, words: Sequence[str]) -> list[Candidate]:
    """The values that an argument may have."""
    if isinstance(action, argparse._SubParsersAction):
        summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
        return [(word, summaries.get(word, "")) for word in action.choices]
    if action.choices is not None:
        return [(str(choice), "") for choice in action.choices]
    if action.dest == "topic":
        return _topics()
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if action.dest in _FILE_WORDS or metavar.startswith("FILE"):
        return [(FILES, "")]
    if action.dest in ("profile", "save_profile") or metavar == "PROFILE":
        return [(name, profile.api) for name, profile in sorted(stored_profiles(os.environ).items())]
    if action.dest in ("name", "username"):
        return []
    known = _NAMES.get(action.dest) or _NAMES.get(metavar.lower())
    return [] if known is None else [(name, "") for name in _names(*known, words)]


def _topics() -> list[Candidate]:
    from nimbus.cli.commands import COMMANDS
    from nimbus.cli.topics import TOPICS

    commands = [(word, summary) for word, _, summary in COMMANDS if word not in TOPICS]
    return [(name, topic.summary) for name, topic in TOPICS.items()] + commands


def _names(collection: str, field: str, words: Sequence[str]) -> list[str]:
    """Names of what there is, or none: quickly, and without spending the refresh token of a session."""
    from nimbus.client.client import Client
    from nimbus.client.scopes import takes_workspace

    profile = load_profile(profile_name(_value(words, "--profile"), os.environ), os.environ)
    if profile.session is not None:
        profile = replace(profile, session=Session(profile.session.access_token))
    workspace = _value(words, "--workspace", "-w") or os.environ.get("NIMBUS_WORKSPACE") or profile.workspace
    path = f"/api/v1/{collection}"
    narrow = (
        bool(workspace)
        and takes_workspace("GET", path)
        and "-A" not in words
        and "--all-workspaces" not in words
    )
    api = Client(profile, timeout_s=TIMEOUT_S)
    query = {"per_page": MAX_NAMES, "workspace": workspace if narrow else None}
    rows = api.request("GET", path, query=query)["data"]
    return sorted({str(row[field]) for row in rows})


def _value(words: Sequence[str], *options: str) -> str | None:
    for number, word in enumerate(words[:-1]):
        name, equals, value = word.partition("=")
        if name in options:
            return value if equals else words[number + 1]
    return None


def _matching(known: Iterable[Candidate], current: str) -> list[Candidate]:
    return [
        (word, meaning)
        for word, meaning in known
        if word == FILES or (word.startswith(current) and _PLAIN.fullmatch(word))
    ]
