from django.apps import AppConfig
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and clinic")

    def ready(self) -> None:
        from accounts import checks as checks
        from accounts.mfa import receivers as receivers
        from accounts.privacy.own_part import PART, RECORD_PART
        from accounts.privacy.parts import PARTS
        from accounts.sessions import limits as limits

        PARTS.extend([PART, RECORD_PART])
        post_migrate.connect(_keep_consents, sender=self, dispatch_uid="accounts.consent")

        post_migrate.connect(_keep_the_record, sender=self, dispatch_uid="accounts.access")


def _keep_the_record(using: str, **kwargs: object) -> None:
    """The triggers come back after a migration that rebuilt their table."""
    from accounts import access_triggers

    applied = MigrationRecorder(connections[using]).applied_migrations()
    if ("accounts", access_triggers.SINCE) in applied:
        access_triggers.install(connections[using])


def _keep_consents(using: str, **kwargs: object) -> None:
    """So do those of consent texts."""
    from accounts.privacy import triggers

    applied = MigrationRecorder(connections[using]).applied_migrations()
    if ("accounts", triggers.SINCE) in applied:
        triggers.install(connections[using])
