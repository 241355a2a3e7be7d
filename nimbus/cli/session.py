"""A session and the profile that keeps it: whom a sign-in is for, what it brings, how it ends."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from dataclasses import replace
from typing import Any

from nimbus.cli.options import ca_file
from nimbus.cli.output import printable
from nimbus.client.client import ApiError, Client
from nimbus.client.profiles import (
    TOKEN_VARIABLE,
    Profile,
    choose_profile,
    free_session_name,
    has_key,
    load_profile,
    profile_name,
    save_profile,
    stored_profiles,
)
from nimbus.client.sessions import session_of
from nimbus.protocol.errors import NimbusError, UsageError

_AUTH = "/api/v1/auth"


def login_target(options: argparse.Namespace) -> Profile:
    """Where the sign-in goes to: the profile with the address and CA of the options or the environment; a new one
    when there is none. A profile has one way in: one that holds a key keeps that, and the session gets a profile of
    its own, whose `name` is "" here. Keys of the environment do not get into the file."""
    passing = ("NIMBUS_API", "NIMBUS_ACCESS_KEY", "NIMBUS_SECRET_KEY", "NIMBUS_API_KEY", TOKEN_VARIABLE)
    environment = {name: value for name, value in os.environ.items() if name not in passing}
    api = (options.api or os.environ.get("NIMBUS_API", "")).rstrip("/")
    name = profile_name(options.profile, environment)
    if has_key(stored_profiles(environment).get(name)):
        if (options.profile or environment.get("NIMBUS_PROFILE")) and not options.print_token:
            raise UsageError(
                f"profile {name!r} signs in with a key",
                next_step="Sign in without --profile and NIMBUS_PROFILE: the session gets a profile of its own.",
            )
        name = ""
    try:
        profile = load_profile(options.profile, environment)
    except NimbusError as error:
        if error.code != "NO_PROFILE" or not api:
            raise
        profile = Profile(api, ca_file=os.environ.get("NIMBUS_CA", ""))
    if api and api != profile.api.rstrip("/"):
        # What is stored for another control plane does not go there.
        profile = Profile(api, ca_file=profile.ca_file)
    profile = replace(profile, access_key="", secret_key="", api_key="", name=name)
    named = ca_file(options, profile.api)
    return replace(profile, ca_file=named) if named else profile


def keep_session(options: argparse.Namespace, profile: Profile, data: dict[str, Any]) -> None:
    """Save what a sign-in answered in the profile, or print its token."""
    session = session_of(data)
    if options.print_token:
        print(f"export {TOKEN_VARIABLE}={session.access_token}")
        print(f"It is valid for {data['expires_in'] // 60} minutes.", file=sys.stderr)
        return
    name = profile.name or free_session_name(session.username, os.environ, profile.api)
    before = stored_profiles(os.environ).get(name)
    file = save_profile(name, replace(profile, session=session), os.environ)
    if before is not None and before.session is not None and before.api == profile.api:
        # The one before would live on for a month, and nobody has its tokens any more.
        with contextlib.suppress(NimbusError):
            end_session(before)
    print(
        f"Signed in as {printable(session.username)}; saved as profile {name!r} in {file}.", file=sys.stderr
    )
    if not profile.name:
        key = profile_name(None, os.environ)
        choose_profile(name, os.environ)
        print(
            f"It is now the current profile. Profile {key!r} keeps its key; to go back: nimbus profile use {key}",
            file=sys.stderr,
        )
    if data.get("second_factor_wanted_by"):
        print(
            f"{printable(data['second_factor_wanted_by'])} requires a second factor. Set one up now: "
            "nimbus iam totp enrol",
            file=sys.stderr,
        )
    if data["user"]["must_change_password"]:
        print("You must change your password now: nimbus iam set-password", file=sys.stderr)


def end_session(profile: Profile) -> None:
    """On the control plane. A session that has ended already is no error."""
    session = profile.session
    assert session is not None
    try:
        if session.refresh_token:
            api = Client(replace(profile, session=None))
            api.post_public(f"{_AUTH}/logout", {"refresh_token": session.refresh_token})
        else:
            Client(profile).post(f"{_AUTH}/logout", {})
    except ApiError as error:
        if error.code != "UNAUTHENTICATED":
            raise
