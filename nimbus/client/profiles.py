"""Named profiles: where a control plane is and what to sign in with, in one file of mode 0600."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nimbus.protocol.errors import EXIT_FORBIDDEN, NimbusError, UsageError
from nimbus.protocol.files import SECRET_MODE, write_atomically

DEFAULT_PROFILE = "default"
_VARIABLES = {
    "api": "NIMBUS_API",
    "access_key": "NIMBUS_ACCESS_KEY",
    "secret_key": "NIMBUS_SECRET_KEY",
    "ca_file": "NIMBUS_CA",
    "api_key": "NIMBUS_API_KEY",
}
TOKEN_VARIABLE = "NIMBUS_TOKEN"  # noqa: S105
_STORED = ("api", "access_key", "secret_key", "ca_file", "api_key", "workspace")
WORKSPACE_VARIABLE = "NIMBUS_WORKSPACE"


@dataclass(frozen=True)
class Session:
    """What a sign-in left: `access_token` is good until `expires_at` (Unix seconds, by the clock of this machine),
    `refresh_token` fetches the next one, once. Without one (`NIMBUS_TOKEN`) there is no next."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: float = 0.0
    username: str = ""


@dataclass(frozen=True)
class Profile:
    """`ca_file` "" means the system's certificate authorities. Of what there is to sign in with the first counts:
    the session, the API key, the key pair. `name` and `file` say where it is stored; "" and None: nowhere."""

    api: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    ca_file: str = ""
    api_key: str = field(default="", repr=False)
    session: Session | None = None
    # Where names are looked up when a command says nothing else; "": wherever the user may.
    workspace: str = ""
    name: str = field(default="", compare=False)
    file: Path | None = field(default=None, compare=False)


def profiles_file(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(base) / "nimbus" / "profiles.json"


def profile_name(name: str | None, environment: Mapping[str, str]) -> str:
    return name or environment.get("NIMBUS_PROFILE") or _chosen(environment) or DEFAULT_PROFILE


def _chosen(environment: Mapping[str, str]) -> str:
    """What `nimbus profile use` left."""
    try:
        return _choice(environment).read_text().strip()
    except (OSError, ValueError):
        return ""


def _choice(environment: Mapping[str, str]) -> Path:
    return profiles_file(environment).with_name("current-profile")


def choose_profile(name: str, environment: Mapping[str, str]) -> None:
    """The one that counts when nothing else is said."""
    file = profiles_file(environment)
    with locked(file):
        _known(file, name)
        _write(_choice(environment), name.encode() + b"\n")


def stored_profiles(environment: Mapping[str, str]) -> dict[str, Profile]:
    """As they are in the file."""
    profiles = _read(profiles_file(environment))
    return {
        name: replace(_stored_profile(profile), session=_session(profile, {}))
        for name, profile in profiles.items()
    }


def set_workspace(name: str, workspace: str, environment: Mapping[str, str]) -> Path:
    """Keep where names of this profile are looked up. Raises NimbusError when there is no such profile."""
    file = profiles_file(environment)
    with locked(file):
        known = _known(file, name)
        profile = replace(_stored_profile(known), session=_session(known, {}), workspace=workspace)
        write_profile(file, name, profile)
    return file


def delete_profile(name: str, environment: Mapping[str, str]) -> None:
    file = profiles_file(environment)
    with locked(file):
        _known(file, name)
        profiles = _read(file)
        del profiles[name]
        _write(file, json.dumps(profiles, indent=2).encode() + b"\n")
        if _chosen(environment) == name:
            _choice(environment).unlink(missing_ok=True)


def _known(file: Path, name: str) -> dict[str, Any]:
    profiles = _read(file)
    if name not in profiles:
        raise no_profile(name, profiles)
    return profiles[name]


def no_profile(name: str, known: Iterable[str] = ()) -> NimbusError:
    others = ", ".join(sorted(known))
    return NimbusError(
        f"there is no profile {name!r}",
        code="NO_PROFILE",
        next_step=f"Known: {others}"
        if others
        else "Sign in: nimbus login --api https://HOST:8443 --ca-digest SHA256. On the control plane's host: "
        "nimbus bootstrap",
        exit_status=EXIT_FORBIDDEN,
    )


def load_profile(name: str | None, environment: Mapping[str, str]) -> Profile:
    """The profile, with what `NIMBUS_*` variables say laid over it. Raises NimbusError when there is none."""
    name = profile_name(name, environment)
    file = profiles_file(environment)
    profiles = _read(file)
    stored = profiles.get(name, {})
    values = {key: str(stored.get(key, "")) for key in _STORED}
    values.update({key: environment[var] for key, var in _VARIABLES.items() if environment.get(var)})
    if not values["api"]:
        raise no_profile(name, profiles)
    return replace(_profile(values), session=_session(stored, environment), name=name, file=file)


def _session(stored: dict[str, Any], environment: Mapping[str, str]) -> Session | None:
    """The variable's token before all; then keys of the environment, which somebody set for this command."""
    token = environment.get(TOKEN_VARIABLE)
    if token:
        return Session(token)
    if any(environment.get(_VARIABLES[key]) for key in ("access_key", "secret_key", "api_key")):
        return None
    if environment.get("NIMBUS_API", stored.get("api")) != stored.get("api"):
        # A token goes to nobody but the control plane that gave it.
        return None
    session = stored.get("session")
    if not isinstance(session, dict) or not session.get("access_token"):
        return None
    expires_at = session.get("expires_at")
    return Session(
        str(session["access_token"]),
        str(session.get("refresh_token", "")),
        float(expires_at) if isinstance(expires_at, int | float) else 0.0,
        str(session.get("username", "")),
    )


def check_replaceable(name: str, environment: Mapping[str, str], *, access_key: str = "") -> None:
    """Before a key takes the place of the one in this profile, which may be the only copy of it: replaced is that
    of `access_key`. Raises UsageError."""
    present = stored_profiles(environment).get(name)
    if present is None or not has_key(present):
        return
    same = present.access_key == access_key or present.api_key.startswith(f"{access_key}_")
    if access_key and same:
        return
    raise UsageError(
        f"the profile {name!r} has a key already, of {present.api}, and may be its only copy",
        next_step=f"Take another name, or delete it first: nimbus profile delete {name}",
    )


def free_profile_name(name: str, environment: Mapping[str, str], api: str) -> str:
    """`name`, or the next like it under which no key of another control plane than `api` is stored."""
    profiles = stored_profiles(environment)
    return _free_name(name, lambda other: not (has_key(profiles.get(other)) and profiles[other].api != api))


def free_session_name(name: str, environment: Mapping[str, str], api: str) -> str:
    """`name`, or the next like it under which there is no key, nor anything of another control plane."""
    profiles = stored_profiles(environment)
    return _free_name(
        name,
        lambda other: other not in profiles or (not has_key(profiles[other]) and profiles[other].api == api),
    )


def _free_name(name: str, is_free: Callable[[str], bool]) -> str:
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(filter(is_free, names))


def has_key(profile: Profile | None) -> bool:
    return profile is not None and bool(profile.access_key or profile.api_key)


def save_profile(name: str, profile: Profile, environment: Mapping[str, str]) -> Path:
    file = profiles_file(environment)
    with locked(file):
        write_profile(file, name, profile)
    return file


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Whoever changes profiles, or spends a refresh token, does it alone. Blocks until it is their turn."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(
            file.with_name(f".{file.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SECRET_MODE
        )
    except OSError as error:
        raise NimbusError(f"profiles cannot be saved in {file.parent}: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_profile(file: Path, name: str, profile: Profile) -> None:
    """Under `locked`."""
    profiles = _read(file)
    stored: dict[str, Any] = {key: getattr(profile, key) for key in _STORED if getattr(profile, key)}
    if profile.session is not None:
        session = profile.session
        stored["session"] = {
            "access_token": session.access_token,
            "refresh_token": session.refresh_token,
            "expires_at": session.expires_at,
            "username": session.username,
        }
    profiles[name] = stored
    _write(file, json.dumps(profiles, indent=2).encode() + b"\n")


def made_private(file: Path) -> bool:
    """Whether others could read the file until now; they no longer can."""
    try:
        if not file.stat().st_mode & 0o077:
            return False
        file.chmod(SECRET_MODE)
    except OSError:
        return False
    return True


def _write(file: Path, content: bytes) -> None:
    try:
        write_atomically(file, content, mode=SECRET_MODE)
    except OSError as error:
        raise NimbusError(f"the profile cannot be saved in {file}: {error.strerror}") from None


def stored_session(file: Path, name: str) -> Session | None:
    """As it is in the file now."""
    return _session(_read(file).get(name, {}), {})


def set_session(file: Path, name: str, session: Session | None) -> None:
    """Under `locked`: change nothing else of the profile."""
    stored = _read(file).get(name, {})
    write_profile(file, name, replace(_stored_profile(stored), session=session))


def _stored_profile(stored: Mapping[str, Any]) -> Profile:
    return _profile({key: str(stored.get(key, "")) for key in _STORED})


def _profile(values: dict[str, str]) -> Profile:
    return Profile(
        values["api"],
        values["access_key"],
        values["secret_key"],
        values["ca_file"],
        values["api_key"],
        workspace=values["workspace"],
    )


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be read: {error}", next_step="Mend it, or delete it and run `nimbus configure`."
        ) from None
    profiles = content if isinstance(content, dict) else {}
    return {name: profile for name, profile in profiles.items() if isinstance(profile, dict)}
