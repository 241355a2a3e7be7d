"""Users as the API shows them."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.clock import optional_rfc3339, to_rfc3339
from nimbus.people.identity.factors import store as factors
from nimbus.people.identity.records import User, UserView
from nimbus.people.organizations.service import Organizations


class UserViews:
    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations

    def view(self, tx: Transaction, user: User) -> UserView:
        home = user.organization_id
        return UserView(
            id=user.id,
            organization_id=home,
            organization=self._organizations.get_organization(tx, home).name if home else None,
            username=user.username,
            display_name=user.display_name,
            email=user.email,
            email_verified=user.email_verified_at is not None,
            is_admin=user.is_admin,
            disabled=not user.enabled,
            has_password=bool(user.password_hash),
            must_change_password=user.must_change_password,
            mfa=factors.counts(tx, user.id),
            labels=user.labels,
            created_at=to_rfc3339(user.created_at),
            updated_at=to_rfc3339(user.updated_at),
            last_login_at=optional_rfc3339(user.last_login_at),
            password_changed_at=optional_rfc3339(user.password_changed_at),
            revision=user.revision,
        )
