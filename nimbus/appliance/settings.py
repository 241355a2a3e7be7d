"""The door to the settings: what holds, from where, and changing those that need no restart.

What was changed is in the database; each control plane on it takes it up within a second, the one that was asked
before it answers. An event says that there is something else to read; a look every minute finds what was missed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import msgspec

from nimbus.appliance import store
from nimbus.appliance.records import (
    SettingsChanged,
    SettingsPatch,
    SettingsView,
    SettingValue,
    SettingView,
    StoredSetting,
)
from nimbus.appliance.rules import consequences, setting_views, too_low
from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, ValidationError, invalid
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.errors import UsageError
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.settings.configuration import ENVIRONMENT_PREFIX, ControlPlaneConfig, without_secrets
from nimbus.settings.live import CHANGEABLE, LiveSettings
from nimbus.settings.words import SECRET_SETTINGS, SETTING_WORDS

LOOK_INTERVAL_S = 60.0
RESOURCE = Resource("settings", "control-plane", "settings")
log = logging.getLogger("nimbus.settings")


class FixedSetting(Conflict):
    """A file, a variable or a flag sets it."""

    code = "SETTING_FIXED"


class ConfirmationNeeded(Conflict):
    """The change deletes something or lets in more."""

    code = "CONFIRMATION_NEEDED"


class ChangingSettings:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        live: LiveSettings,
        sources: Mapping[str, str],
        *,
        before_requiring_factors: Callable[[Transaction, Actor], None] = lambda _tx, _actor: None,
        locked_out: Callable[[Transaction], str] = lambda _tx: "",
    ) -> None:
        """`locked_out` names those who have no second factor when it is to be required."""
        self._before_requiring_factors, self._locked_out = before_requiring_factors, locked_out
        self._database, self._clock, self._audit = database, clock, audit
        self._live, self._sources = live, sources
        self._news = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(SettingsChanged, self._news.signal)

    async def load(self) -> None:
        """What the database has holds from here on."""
        self._live.take(_values(await self._database.read(store.settings)))

    async def run(self) -> None:
        """Follows what is changed, here and by other control planes, until cancelled."""
        attempts = Attempts(log, "the settings in the database could not be read", "trying again in a minute")
        while True:
            await self._news.wait(LOOK_INTERVAL_S)
            with attempts:
                await self.load()

    def views(self, tx: Transaction) -> tuple[SettingView, ...]:
        """For those who may read settings: the caller has checked that."""
        return setting_views(
            without_secrets(self._live.current),
            self._sources,
            SETTING_WORDS,
            SECRET_SETTINGS,
            prefix=ENVIRONMENT_PREFIX,
            stored={setting.name: setting for setting in store.settings(tx)},
        )

    async def change(self, actor: Actor, patch: SettingsPatch) -> SettingsView:
        """Raises ValidationError, FixedSetting, ConfirmationNeeded."""
        actor.require_everywhere(Permission.SETTINGS_WRITE)
        given = _given(patch)
        for name, value in given.items():
            self._check(name, value)

        def change(tx: Transaction) -> dict[str, SettingValue]:
            stored = self._live.usable(_values(store.settings(tx)))
            before = self._live.with_stored(stored)
            wanted = {name: value for name, value in {**stored, **given}.items() if value is not None}
            after = self._checked(wanted, given)
            further = {}
            if after.require_second_factor and not before.require_second_factor:
                self._before_requiring_factors(tx, actor)
                further["require_second_factor"] = self._locked_out(tx)
            if not patch.confirm:
                _check_confirmed(before, after, further)
            for name, value in given.items():
                if value is None:
                    store.delete_setting(tx, name)
                else:
                    store.set_setting(tx, StoredSetting(name, value, self._clock.now(), actor.name))
            self._record(tx, actor, given, before, after)
            tx.emit(SettingsChanged())
            return wanted

        self._live.take(await self._database.write(change))
        return SettingsView(settings=await self._database.read(self.views))

    def _check(self, name: str, value: SettingValue | None) -> None:
        source = self._live.fixed_by(name)
        if source:
            raise FixedSetting(
                f"{name} is set by {source}, which takes precedence over the database",
                next_step="Change it there, or remove it from there, then restart the control plane.",
                details=[{"field": name, "message": f"is set by {source}"}],
            )
        reason = too_low(name, value)
        if reason:
            raise invalid(name, reason)

    def _checked(self, values: Mapping[str, SettingValue], given: Mapping[str, object]) -> ControlPlaneConfig:
        """Raises ValidationError."""
        try:
            return self._live.with_stored(values)
        except UsageError as error:
            named = next((name for name in given if error.message.startswith(name)), None)
            details = [{"field": named, "message": error.message}] if named else []
            raise ValidationError(error.message, next_step=error.next_step, details=details) from None

    def _record(
        self,
        tx: Transaction,
        actor: Actor,
        given: Mapping[str, object],
        before: ControlPlaneConfig,
        after: ControlPlaneConfig,
    ) -> None:
        self._audit.record(
            tx,
            actor,
            "settings.update",
            RESOURCE,
            before={name: getattr(before, name) for name in given},
            after={name: getattr(after, name) for name in given},
        )


def _given(patch: SettingsPatch) -> dict[str, SettingValue | None]:
    fields = msgspec.structs.asdict(patch)
    return {name: fields[name] for name in CHANGEABLE if fields[name] is not msgspec.UNSET}


def _values(stored: list[StoredSetting]) -> dict[str, SettingValue]:
    return {setting.name: setting.value for setting in stored}


def _check_confirmed(
    before: ControlPlaneConfig, after: ControlPlaneConfig, further: Mapping[str, str]
) -> None:
    found = consequences(before, after) | {name: words for name, words in further.items() if words}
    if found:
        raise ConfirmationNeeded(
            "; ".join(f"{name}: {consequence}" for name, consequence in found.items()),
            next_step="If that is wanted, send it again with confirm set to true (nimbus settings set --yes).",
            details=[{"field": name, "message": consequence} for name, consequence in found.items()],
        )
