"""The door to the settings of notifications."""

from __future__ import annotations

from nimbus.correspondence.mail.addresses import check_address
from nimbus.correspondence.notifications import store
from nimbus.correspondence.notifications.records import (
    MAX_RECIPIENTS,
    Kind,
    NotificationSettings,
    NotificationSettingsRequest,
    NotificationSettingsView,
)
from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import invalid
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class Notifications:
    """Recipients are people: seeing who they are takes what changing them takes, in an organization."""

    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, organizations: Organizations
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations

    async def show(self, actor: Actor, organization: str = "") -> NotificationSettingsView:
        """Of an organization (name or id); "": of the control plane."""

        def read(tx: Transaction) -> NotificationSettingsView:
            place, name = self._place(tx, actor, Permission.SETTINGS_READ, organization)
            return _view(store.settings(tx, place), name)

        return await self._database.read(read)

    async def change(
        self, actor: Actor, target: Target, request: NotificationSettingsRequest, organization: str = ""
    ) -> NotificationSettingsView:
        if len(request.recipients) > MAX_RECIPIENTS:
            raise invalid("recipients", f"at most {MAX_RECIPIENTS}")
        recipients = tuple(
            dict.fromkeys(check_address(address, "recipients") for address in request.recipients)
        )
        kinds = tuple(Kind) if request.kinds is None else tuple(dict.fromkeys(request.kinds))

        def change(tx: Transaction) -> NotificationSettingsView:
            place, name = self._place(tx, actor, Permission.SETTINGS_WRITE, organization)
            present = store.settings(tx, place)
            target.check_revision(present.revision)
            changed = NotificationSettings(
                place=place,
                recipients=recipients,
                kinds=kinds,
                updated_at=self._clock.now(),
                revision=present.revision + 1,
            )
            store.set_settings(tx, changed)
            resource = Resource("settings", "notifications", "notifications", organization_id=place or None)
            self._audit.record(
                tx, actor, "settings.update", resource, before=_auditable(present), after=_auditable(changed)
            )
            return _view(changed, name)

        return await self._database.write(change)

    def _place(
        self, tx: Transaction, actor: Actor, permission: Permission, organization: str
    ) -> tuple[str, str | None]:
        if not organization:
            actor.require_everywhere(permission)
            return "", None
        home = self._organizations.resolve_organization(
            tx, actor, Permission.ORGANIZATION_WRITE, organization
        )
        return home.id, home.name

    def forget_organization(self, tx: Transaction, organization_id: str) -> None:
        """Of one that is deleted."""
        store.delete_settings(tx, organization_id)


def _view(settings: NotificationSettings, organization: str | None) -> NotificationSettingsView:
    return NotificationSettingsView(
        organization=organization,
        recipients=settings.recipients,
        kinds=settings.kinds,
        revision=settings.revision,
        updated_at=to_rfc3339(settings.updated_at) if settings.updated_at else None,
    )


def _auditable(settings: NotificationSettings) -> dict[str, object]:
    return {"recipients": list(settings.recipients), "kinds": [kind.value for kind in settings.kinds]}
