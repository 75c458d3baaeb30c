from django.apps import AppConfig
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "education.articles"
    verbose_name = _("Articles")

    def ready(self) -> None:
        post_migrate.connect(_fix_published, sender=self, dispatch_uid="articles.immutability")


def _fix_published(using: str, **kwargs: object) -> None:
    """The triggers come back after a migration that rebuilt their table."""
    from education.articles import immutability

    applied = MigrationRecorder(connections[using]).applied_migrations()
    if ("articles", immutability.SINCE) in applied:
        immutability.install(connections[using])
