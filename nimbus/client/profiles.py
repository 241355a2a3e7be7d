"""Named profiles: where a control plane is and the key pair for it, in one file of mode 0600."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nimbus.protocol.errors import EXIT_FORBIDDEN, NimbusError, UsageError
from nimbus.protocol.files import SECRET_MODE, write_atomically

DEFAULT_PROFILE = "default"
_VARIABLES = {
    "api": "NIMBUS_API",
    "access_key": "NIMBUS_ACCESS_KEY",
    "secret_key": "NIMBUS_SECRET_KEY",
    "ca_file": "NIMBUS_CA",
}


@dataclass(frozen=True)
class Profile:
    """`ca_file` "" means the system's certificate authorities."""

    api: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    ca_file: str = ""


def profiles_file(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(base) / "nimbus" / "profiles.json"


def load_profile(name: str | None, environment: Mapping[str, str]) -> Profile:
    """The profile, with what `NIMBUS_*` variables say laid over it. Raises NimbusError when there is none."""
    name = name or environment.get("NIMBUS_PROFILE") or DEFAULT_PROFILE
    stored = _read(profiles_file(environment)).get(name, {})
    values = {key: str(stored.get(key, "")) for key in _VARIABLES}
    values.update({key: environment[var] for key, var in _VARIABLES.items() if environment.get(var)})
    if not values["api"]:
        raise NimbusError(
            f"there is no profile {name!r}",
            code="NO_PROFILE",
            next_step="Make one with `nimbus bootstrap` on the control plane's host, or with `nimbus configure`.",
            exit_status=EXIT_FORBIDDEN,
        )
    return Profile(**values)


def save_profile(name: str, profile: Profile, environment: Mapping[str, str]) -> Path:
    file = profiles_file(environment)
    profiles = _read(file)
    profiles[name] = asdict(profile)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(file, json.dumps(profiles, indent=2).encode() + b"\n", mode=SECRET_MODE)
    except OSError as error:
        raise NimbusError(f"the profile cannot be saved in {file}: {error.strerror}") from None
    return file


def _read(file: Path) -> dict[str, dict[str, str]]:
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
