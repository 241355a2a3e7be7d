"""Passkeys against an authenticator in software: the good way, and what hostile ones try."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.composition.identity import relying_party
from nimbus.kernel.access import Actor
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, Unauthenticated, ValidationError
from nimbus.kernel.routing import Target
from nimbus.people.identity.authentication import PasskeyOptionsRequest, PasskeySignIn, SecondFactorRequest
from nimbus.people.identity.factors.records import PasskeyPatch, PasskeyRegistered, PasskeyRegistration
from nimbus.people.identity.records import UserPatch
from nimbus.people.identity.refusals import SecondFactorRequired, SignInRefused
from nimbus.people.identity.sessions.records import SignedIn
from tests.nimbus.people.identity.software_authenticator import SoftwareAuthenticator, text
from tests.nimbus.people.identity.world import ADMIN, AGENT, World, stranger, world


async def registered(
    w: World, username: str = "ada", *, name: str = ""
) -> tuple[Actor, SoftwareAuthenticator, PasskeyRegistered]:
    await w.add(username)
    actor = await w.actor(await w.login(username))
    device = SoftwareAuthenticator()
    asked = await w.identity.passkeys.registration(actor)
    request = PasskeyRegistration(asked.state, device.create(asked.options), name)
    return actor, device, await w.identity.passkeys.register(actor, request)


async def sign_in(w: World, device: SoftwareAuthenticator, after: str = "", **changes: Any) -> SignedIn:
    authentication = w.identity.authentication
    asked = await authentication.passkey_options(PasskeyOptionsRequest(after))
    request = PasskeySignIn(asked.state, device.get(asked.options, **changes))
    return await authentication.passkey_sign_in(stranger(), request, AGENT)


async def test_a_passkey_alone_signs_in_without_a_name(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, device, made = await registered(w, name="laptop")
        assert (made.passkey.name, len(made.recovery_codes)) == ("laptop", 10)
        asked = await w.identity.authentication.passkey_options(PasskeyOptionsRequest())
        assert asked.options["userVerification"] == "required"
        assert asked.options["rpId"] == "cloud.example.org"
        assert asked.options.get("allowCredentials", []) == []
        done = await sign_in(w, device)
        assert done.user.mfa.passkeys == 1
        actor = await w.actor(done)
        assert actor.name == "ada"
        [(methods,)] = await w.rows("SELECT methods FROM sessions WHERE id = ?", done.session_id)
        assert methods == '["pop","user","mfa"]'
        view = await w.identity.factors.show(actor, Target("me"))
        assert view.passkeys[0].last_used_at is not None
        await sign_in(w, device)


async def test_a_passkey_is_a_second_factor_after_the_password(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, device, made = await registered(w)
        with pytest.raises(SecondFactorRequired) as caught:
            await w.login()
        told = {one["field"]: one["message"] for one in caught.value.details}
        assert set(told) == {"challenge", "passkey", "recovery_code"}
        done = await sign_in(w, device, told["challenge"])
        [(methods,)] = await w.rows("SELECT methods FROM sessions WHERE id = ?", done.session_id)
        assert methods == '["pwd","pop","user","mfa"]'
        # The challenge of the password is answered by it.
        request = SecondFactorRequest(told["challenge"], made.recovery_codes[0])
        with pytest.raises(Unauthenticated, match="challenge"):
            await w.identity.authentication.second_factor(stranger(), request, AGENT)
        await w.login(otp=made.recovery_codes[0])


async def test_the_passkey_of_another_is_no_second_factor(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await registered(w, "ada")
        _, bobs, _ = await registered(w, "bob")
        with pytest.raises(SecondFactorRequired) as caught:
            await w.login("ada")
        challenge = caught.value.details[0]["message"]

        async def show() -> None:
            with pytest.raises(SignInRefused, match="does not know"):
                await sign_in(w, bobs, challenge)

        await w.unchanged(show)


async def test_a_challenge_is_answered_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, device, _ = await registered(w)
        authentication = w.identity.authentication
        asked = await authentication.passkey_options(PasskeyOptionsRequest())
        first, second = device.get(asked.options), device.get(asked.options)
        await authentication.passkey_sign_in(stranger(), PasskeySignIn(asked.state, first), AGENT)
        for again in (first, second):

            async def show(again: dict[str, Any] = again) -> None:
                with pytest.raises(SignInRefused):
                    await authentication.passkey_sign_in(stranger(), PasskeySignIn(asked.state, again), AGENT)

            await w.unchanged(show)
        assert ("anonymous", "", "denied") in await w.audited("session.create")


async def test_of_two_answers_at_once_one_gets_in(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, device, _ = await registered(w)
        authentication = w.identity.authentication
        asked = await authentication.passkey_options(PasskeyOptionsRequest())
        answer = device.get(asked.options)
        outcomes: list[str] = []

        async def enter() -> None:
            try:
                await authentication.passkey_sign_in(stranger(), PasskeySignIn(asked.state, answer), AGENT)
                outcomes.append("in")
            except SignInRefused:
                outcomes.append("out")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(enter)
            nursery.start_soon(enter)
        assert sorted(outcomes) == ["in", "out"]


async def test_a_copy_is_noticed_by_its_counter(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, device, _ = await registered(w)
        await sign_in(w, device)
        used = device.counter - 1
        for counter in (used, used - 1, 0):
            device.counter = counter

            async def show() -> None:
                with pytest.raises(SignInRefused, match="count"):
                    await sign_in(w, device)

            await w.unchanged(show)
        device.counter = used + 1
        await sign_in(w, device)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://cloud.example.org:8443"},
        {"origin": "https://cloud.example.org"},
        {"rp_id": "evil.example"},
        {"type": "webauthn.create"},
        {"challenge": text(b"x" * 32)},
        {"signature": b"x" * 70},
        {"user_handle": text(b"x" * 16)},
    ],
    ids=lambda changes: "-".join(changes),
)
async def test_what_is_signed_for_another_place_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    async with world(tmp_path) as w:
        _, device, _ = await registered(w)

        async def show() -> None:
            with pytest.raises(SignInRefused):
                await sign_in(w, device, **changes)

        await w.unchanged(show)


async def test_without_user_verification_it_is_one_factor_only_and_refused(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, device, _ = await registered(w)
        device.verified = False
        with pytest.raises(SignInRefused, match="verif"):
            await sign_in(w, device)


HOSTILE: list[Any] = [
    {},
    {"id": "x"},
    {"id": 1, "rawId": 1, "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": []},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": {}}},
    {"id": "A" * 5000, "rawId": "A", "type": "public-key", "response": {}},
    {"id": "../x", "rawId": "x", "type": "public-key", "response": {}},
]


@pytest.mark.parametrize("credential", HOSTILE)
async def test_nonsense_is_refused_at_sign_in_and_registration(tmp_path: Path, credential: Any) -> None:
    async with world(tmp_path) as w:
        actor, _, _ = await registered(w)
        asked = await w.identity.authentication.passkey_options(PasskeyOptionsRequest())
        offered = await w.identity.passkeys.registration(actor)

        async def show() -> None:
            request = PasskeySignIn(asked.state, credential)
            with pytest.raises(SignInRefused):
                await w.identity.authentication.passkey_sign_in(stranger(), request, AGENT)
            with pytest.raises(ValidationError):
                await w.identity.passkeys.register(actor, PasskeyRegistration(offered.state, credential))

        await w.unchanged(show)


@pytest.mark.parametrize(
    "path", ["clientDataJSON", "authenticatorData", "signature", "attestationObject", "id", "rawId", "type"]
)
@pytest.mark.parametrize(
    "value", [None, "", "!", "AAAA", text(b"\xff" * 3000), text(b"\x9f" * 2000), 7, [], {}, "x" * 40_000]
)
async def test_every_part_is_refused_when_it_is_damaged(tmp_path: Path, path: str, value: Any) -> None:
    async with world(tmp_path) as w:
        actor, device, _ = await registered(w)
        asked = await w.identity.authentication.passkey_options(PasskeyOptionsRequest())
        offered = await w.identity.passkeys.registration(actor)
        for answer in (device.get(asked.options), SoftwareAuthenticator().create(offered.options)):
            damaged = copy.deepcopy(answer)
            part = damaged["response"] if path in damaged["response"] else damaged
            if path not in part:
                continue
            part[path] = value
            if "signature" in answer["response"]:
                request = PasskeySignIn(asked.state, damaged)
                with pytest.raises(SignInRefused):
                    await w.identity.authentication.passkey_sign_in(stranger(), request, AGENT)
            else:
                with pytest.raises(ValidationError):
                    await w.identity.passkeys.register(actor, PasskeyRegistration(offered.state, damaged))
        assert await w.count("passkeys") == 1


# Registering.


async def test_a_registration_is_bound_to_its_session_and_good_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        actor, device, made = await registered(w)
        other = await w.actor(await w.login(otp=made.recovery_codes[0]))
        asked = await w.identity.passkeys.registration(actor)
        assert [one["id"] for one in asked.options["excludeCredentials"]] == [text(device.credential_id)]
        second = SoftwareAuthenticator()
        answer = PasskeyRegistration(asked.state, second.create(asked.options))
        with pytest.raises(ValidationError, match="another session"):
            await w.identity.passkeys.register(other, answer)
        again = await w.identity.passkeys.register(actor, answer)
        assert (again.recovery_codes, again.passkey.name) == ((), "passkey 2")
        with pytest.raises(Unauthenticated, match="challenge"):
            await w.identity.passkeys.register(actor, answer)
        fresh = await w.identity.passkeys.registration(actor)
        with pytest.raises(Conflict, match="already"):
            await w.identity.passkeys.register(
                actor, PasskeyRegistration(fresh.state, device.create(fresh.options))
            )
        w.clock.advance(301)
        with pytest.raises(Unauthenticated, match="challenge"):
            await w.identity.passkeys.register(
                actor, PasskeyRegistration(fresh.state, second.create(fresh.options))
            )


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"type": "webauthn.get"},
        {"challenge": "AAAA"},
    ],
)
async def test_a_registration_from_another_place_is_refused(tmp_path: Path, changes: dict[str, str]) -> None:
    async with world(tmp_path) as w:
        actor, _, _ = await registered(w)
        asked = await w.identity.passkeys.registration(actor)
        answer = SoftwareAuthenticator().create(asked.options, **changes)
        with pytest.raises(ValidationError, match="not accepted"):
            await w.identity.passkeys.register(actor, PasskeyRegistration(asked.state, answer))
        assert await w.count("passkeys") == 1


async def test_registering_wants_user_verification_and_a_fresh_session(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        actor, _, _ = await registered(w)
        device = SoftwareAuthenticator()
        device.verified = False
        asked = await w.identity.passkeys.registration(actor)
        with pytest.raises(ValidationError, match="verif"):
            await w.identity.passkeys.register(
                actor, PasskeyRegistration(asked.state, device.create(asked.options))
            )
        w.clock.advance(901)
        with pytest.raises(Forbidden, match="15 minutes"):
            await w.identity.passkeys.registration(actor)
        with pytest.raises(Forbidden, match="15 minutes"):
            await w.identity.passkeys.delete(actor, Target("passkey 1"))


async def test_passkeys_are_named_and_deleted_by_their_owner(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        actor, device, made = await registered(w)
        bob, _, _ = await registered(w, "bob")
        with pytest.raises(NotFound):
            await w.identity.passkeys.delete(bob, Target(made.passkey.id))
        renamed = await w.identity.passkeys.rename(actor, Target("passkey 1"), PasskeyPatch("phone"))
        assert (renamed.name, renamed.revision) == ("phone", 2)
        for name in ("", "x" * 61, "a\nb"):
            with pytest.raises(ValidationError):
                await w.identity.passkeys.rename(actor, Target("phone"), PasskeyPatch(name))
        await w.identity.passkeys.delete(actor, Target("phone"))
        with pytest.raises(SignInRefused, match="does not know"):
            await sign_in(w, device)
        done = await w.login()
        assert done.user.mfa.recovery_codes == 0


async def test_a_disabled_user_does_not_get_in_by_passkey(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, device, _ = await registered(w)
        await w.identity.users.change(ADMIN, Target("ada"), UserPatch(disabled=True))
        with pytest.raises(SignInRefused, match="disabled"):
            await sign_in(w, device)
        assert ("anonymous", "ada", "denied") in await w.audited("session.create")


async def test_an_address_has_no_passkeys(tmp_path: Path) -> None:
    assert relying_party("192.0.2.1", 8443) is None
    assert relying_party("::1", 8443) is None
    party = relying_party("cloud.example.org", 443, ("https://other.cloud.example.org",))
    assert party is not None
    assert party.origins == ("https://cloud.example.org", "https://other.cloud.example.org")
    async with world(tmp_path, party=None) as w:
        await w.add()
        actor = await w.actor(await w.login())
        with pytest.raises(Conflict, match="host name"):
            await w.identity.passkeys.registration(actor)
        with pytest.raises(Conflict, match="host name"):
            await w.identity.authentication.passkey_options(PasskeyOptionsRequest())
