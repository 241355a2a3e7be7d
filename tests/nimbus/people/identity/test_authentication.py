"""Signing in with a password, and with codes: what leads in, and what does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.kernel.errors import (
    Conflict,
    Forbidden,
    RateLimited,
    Unauthenticated,
    Unavailable,
    ValidationError,
)
from nimbus.kernel.routing import Target
from nimbus.people.identity.authentication import SecondFactorRequest
from nimbus.people.identity.factors.records import CodeRequest
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.people.identity.records import PasswordRequest, UserPatch
from nimbus.people.identity.refusals import SecondFactorRequired, SignInRefused
from nimbus.people.identity.sessions.records import SignedIn
from tests.kit import records
from tests.kit.resealing import reseal
from tests.nimbus.people.identity.world import ADMIN, AGENT, PASSWORD, World, stranger, world


async def challenge_of(w: World, username: str = "ada") -> str:
    with pytest.raises(SecondFactorRequired) as caught:
        await w.login(username)
    return {one["field"]: one["message"] for one in caught.value.details}["challenge"]


async def answer(w: World, challenge: str, otp: str, source: str = "192.0.2.1") -> SignedIn:
    request = SecondFactorRequest(challenge, otp)
    return await w.identity.authentication.second_factor(stranger(source), request, AGENT)


async def test_passwords_are_hashed_slowly_and_every_byte_counts() -> None:
    hasher = PasswordHasher(cost=4)
    long = "ä" * 100
    stored = await hasher.hash(long)
    assert stored.startswith("bcrypt-sha256:$2b$04$")
    assert await hasher.verify(long, stored)
    assert not await hasher.verify(long[:-1] + "b", stored)
    assert not await hasher.verify("", "")
    assert not await hasher.verify("x", "nonsense")
    assert hasher.is_outdated(await PasswordHasher(cost=5).hash("x"))
    assert not hasher.is_outdated(stored)
    assert PasswordHasher()._nobody.startswith("bcrypt-sha256:$2b$12$")


async def test_too_many_that_wait_for_a_thread_are_told_so() -> None:
    hasher = PasswordHasher(cost=10, threads=1, max_waiting=2)
    refused: list[Exception] = []

    async def hash_once() -> None:
        try:
            await hasher.hash("x")
        except Unavailable as error:
            refused.append(error)

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(hash_once)
    assert len(refused) == 3


async def test_wrong_passwords_and_unknown_names_are_refused_alike(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        messages = []
        for name, password in (
            ("ada", "wrong"),
            ("nobody", PASSWORD),
            ("\u0430da", PASSWORD),
            ("", ""),
            ("x" * 500, "x"),
        ):
            with pytest.raises(SignInRefused) as caught:
                await w.login(name, password)
            messages.append(caught.value.line())
        assert len(set(messages)) == 1
        denied = await w.audited("session.create")
        assert denied == [("anonymous", "ada", "denied"), *[("anonymous", "", "denied")] * 4]
        # A name that is not known may be a password in the wrong field.
        assert (
            await w.rows("SELECT 1 FROM audit_log WHERE diff LIKE '%nobody%' OR resource_name = 'nobody'")
            == []
        )


async def test_a_user_without_a_password_has_none_that_fits(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add(password="")
        for password in ("", "x", PASSWORD):
            with pytest.raises(SignInRefused):
                await w.login("ada", password)


async def test_a_disabled_user_hears_so_only_with_the_password(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        await w.identity.users.change(ADMIN, Target("ada"), UserPatch(disabled=True))
        with pytest.raises(SignInRefused, match="wrong"):
            await w.login(password="something else")
        with pytest.raises(SignInRefused, match="disabled"):
            await w.login()
        assert await w.count("sessions") == 0


async def test_failures_are_slowed_down_and_not_looked_at(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        for _ in range(6):
            with pytest.raises(SignInRefused):
                await w.login(password="wrong")
        with pytest.raises(RateLimited) as caught:
            await w.login()
        assert caught.value.retry_after == 1
        w.clock.advance(1)
        await w.login()
        await w.login()


async def test_a_burst_of_guesses_gets_no_further_than_a_row_of_them(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        outcomes: list[str] = []

        async def guess(number: int) -> None:
            try:
                await w.login(password=f"guess {number}")
            except (RateLimited, Unauthenticated) as error:
                outcomes.append(error.code)

        async with trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(guess, number)
        assert outcomes.count("UNAUTHENTICATED") == 6


async def test_a_hash_of_another_cost_is_renewed_at_sign_in(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
    async with world(tmp_path, bcrypt_cost=5) as w:
        await w.login()
        [(stored,)] = await w.rows("SELECT password_hash FROM users WHERE username = 'ada'")
        assert stored.startswith("bcrypt-sha256:$2b$05$")
        await w.login()


# One-time codes.


async def test_the_second_factor_is_asked_for_and_its_code_is_good_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, app, codes = await w.with_totp()
        assert len(codes) == 10
        with pytest.raises(SecondFactorRequired) as caught:
            await w.login()
        assert {one["field"] for one in caught.value.details} == {"challenge", "totp", "recovery_code"}
        assert caught.value.code == "SECOND_FACTOR_REQUIRED"
        with pytest.raises(SignInRefused, match="used already"):
            await w.login(otp=w.code(app))
        w.clock.advance(30)
        done = await w.login(otp=f" {w.code(app)[:3]} {w.code(app)[3:]} ")
        assert done.user.mfa.totp
        assert (await w.rows("SELECT methods FROM sessions WHERE id = ?", done.session_id)) == [
            ('["pwd","otp","mfa"]',)
        ]
        with pytest.raises(SignInRefused):
            await w.login(otp=w.code(app))


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_codes_are_accepted_a_step_before_and_after(tmp_path: Path, steps: int, good: bool) -> None:
    async with world(tmp_path) as w:
        _, app, _ = await w.with_totp()
        w.clock.advance(300)
        if good:
            await w.login(otp=w.code(app, steps=steps))
        else:
            with pytest.raises(SignInRefused):
                await w.login(otp=w.code(app, steps=steps))


async def test_of_two_with_the_same_code_one_gets_in(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, app, codes = await w.with_totp()
        w.clock.advance(60)
        for otp in (w.code(app), codes[0]):
            results: list[object] = []

            async def enter(otp: str = otp, results: list[object] = results) -> None:
                try:
                    results.append(await w.login(otp=otp))
                except SignInRefused as error:
                    results.append(error)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(enter)
                nursery.start_soon(enter)
            assert sorted(type(one).__name__ for one in results) == ["SignInRefused", "SignedIn"]


async def test_a_clock_that_was_set_back_accepts_no_code_twice(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, app, codes = await w.with_totp()
        w.clock.advance(3600)
        used = w.code(app)
        await w.login(otp=used)
        w.clock.advance(-3600)
        for otp in (used, w.code(app), w.code(app, steps=1)):
            with pytest.raises(SignInRefused):
                await w.login(otp=otp)
        await w.login(otp=codes[3])


async def test_a_challenge_is_answered_once_in_time_and_for_the_password_it_was_given_for(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as w:
        _, app, codes = await w.with_totp()
        w.clock.advance(60)
        challenge = await challenge_of(w)
        with pytest.raises(SignInRefused):
            await answer(w, challenge, "000000" if w.code(app) != "000000" else "000001")
        await answer(w, challenge, w.code(app))
        before = await w.rows("SELECT * FROM recovery_codes WHERE used_at IS NOT NULL")
        with pytest.raises(Unauthenticated, match="challenge"):
            await answer(w, challenge, codes[0])
        # Nothing was used up by it.
        assert await w.rows("SELECT * FROM recovery_codes WHERE used_at IS NOT NULL") == before
        late = await challenge_of(w)
        w.clock.advance(300)
        with pytest.raises(Unauthenticated, match="challenge"):
            await answer(w, late, codes[0])
        void = await challenge_of(w)
        await w.identity.users.set_password(ADMIN, Target("ada"), PasswordRequest("quite another sentence"))
        with pytest.raises(Unauthenticated, match="changed"):
            await answer(w, void, codes[0])


@pytest.mark.parametrize("state", ["", "x", "a.b", "é" * 10, "x" * 100_000])
async def test_forged_challenges_are_refused(tmp_path: Path, state: str) -> None:
    async with world(tmp_path) as w:
        await w.with_totp()

        async def show() -> None:
            with pytest.raises(Unauthenticated):
                await answer(w, state, "123456")

        await w.unchanged(show)


async def test_a_challenge_of_another_purpose_is_none(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        actor, _, codes = await w.with_totp()
        other = (await w.identity.passkeys.registration(actor)).state
        with pytest.raises(Unauthenticated, match="challenge"):
            await answer(w, other, codes[0])


async def test_wrong_codes_are_slowed_down_from_wherever_they_come(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, app, _ = await w.with_totp()
        w.clock.advance(60)
        wrong = "000000" if w.code(app) != "000000" else "000001"
        for number in range(6):
            with pytest.raises(SignInRefused):
                await w.login(otp=wrong, source=f"198.51.100.{number}")
        with pytest.raises(RateLimited):
            await w.login(otp=w.code(app), source="203.0.113.1")


async def test_recovery_codes_are_good_once_however_they_are_typed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        _, _, codes = await w.with_totp()
        done = await w.login(otp=codes[0].replace("-", " ").upper())
        assert done.user.mfa.recovery_codes == 9
        with pytest.raises(SignInRefused):
            await w.login(otp=codes[0])
        stored = [row[0] for row in await w.rows("SELECT code_hash FROM recovery_codes")]
        assert not any(code in stored or code.replace("-", "") in stored for code in codes)


# Seeing to one's own.


async def test_an_app_counts_from_its_confirmation_and_goes_with_a_code(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        actor = await w.actor(await w.login())
        factors = w.identity.factors
        first = await factors.enrol(actor)
        second = await factors.enrol(actor)
        assert first.secret != second.secret
        assert second.otpauth_uri.startswith("otpauth://totp/Nimbus:ada%40nimbus?secret=" + second.secret)
        assert second.secret not in str(await w.rows("SELECT * FROM totp_factors"))
        other = await w.login()
        import pyotp

        app = pyotp.TOTP(second.secret)
        with pytest.raises(ValidationError, match="code"):
            await factors.confirm(actor, CodeRequest(pyotp.TOTP(first.secret).generate_otp(1)))
        await w.actor(other)
        made = await factors.confirm(actor, CodeRequest(w.code(app)))
        # What was signed in with the password alone ends, but for the session that set it up.
        with pytest.raises(Unauthenticated, match="ended"):
            await w.actor(other)
        with pytest.raises(Conflict):
            await factors.confirm(actor, CodeRequest(w.code(app, steps=1)))
        with pytest.raises(Conflict, match="already"):
            await factors.enrol(actor)
        with pytest.raises(ValidationError):
            await factors.disable(actor, CodeRequest(w.code(app)))
        view = await factors.disable(actor, CodeRequest(made.recovery_codes[0]))
        assert (view.totp, view.recovery_codes) == (False, 0)
        await w.login()
        assert [row[0] for row in await w.audited("totp.disable")] == ["ada"]


async def test_new_recovery_codes_make_the_old_ones_void(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        actor, _, old = await w.with_totp()
        with pytest.raises(ValidationError):
            await w.identity.factors.regenerate(actor, CodeRequest(""))
        new = (await w.identity.factors.regenerate(actor, CodeRequest(old[0]))).recovery_codes
        assert set(new).isdisjoint(old)
        with pytest.raises(SignInRefused):
            await w.login(otp=old[1])
        await w.login(otp=new[0])


async def test_changing_factors_wants_a_fresh_session(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        actor = await w.actor(await w.login())
        by_key: Any = type(actor)(kind="user", id=actor.id, name="ada", user_id=actor.id, key_id="k")
        with pytest.raises(Forbidden, match="session"):
            await w.identity.factors.enrol(by_key)
        w.clock.advance(901)
        with pytest.raises(Forbidden, match="15 minutes"):
            await w.identity.factors.enrol(actor)
        w.clock.advance(-1000)
        with pytest.raises(Forbidden):
            await w.identity.factors.enrol(actor)


async def test_an_administrator_resets_what_somebody_has_lost(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        actor, _, _ = await w.with_totp()
        with pytest.raises(ValidationError, match="your own"):
            await w.identity.factors.reset(actor, Target("me"))
        view = await w.identity.factors.reset(ADMIN, Target("ada"))
        assert (view.totp, view.recovery_codes) == (False, 0)
        await w.login()
        assert await w.audited("second_factors.reset") == [("root", "ada", "ok")]


async def test_a_new_master_key_keeps_the_apps(tmp_path: Path) -> None:
    other = type(records.SEALER)(b"n" * 32)
    async with world(tmp_path) as w:
        await w.with_totp()
        assert await w.database.write(lambda tx: reseal(tx, "totp_factors", records.SEALER, other)) == 1
        [(sealed,)] = await w.rows("SELECT sealed_secret FROM totp_factors")
        assert sealed.startswith(other.key_id)
