from django.apps import AppConfig
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "education.articles"
    verbose_name = _("Articles")

    def ready(self) -> None:
        from . import pages  # noqa: F401  (its receivers)

        post_migrate.connect(_fix_published, sender=self, dispatch_uid="articles.immutability")
        post_migrate.connect(_restore_search, sender=self, dispatch_uid="articles.search")


def _fix_published(using: str, **kwargs: object) -> None:
    """The triggers come back after a migration that rebuilt their table."""
    from education.articles import immutability

    applied = MigrationRecorder(connections[using]).applied_migrations()
    if ("articles", immutability.SINCE) in applied:
        immutability.install(connections[using])


def _restore_search(using: str, **kwargs: object) -> None:
    """The index's triggers come back as well."""
    from education.articles.search import database

    applied = MigrationRecorder(connections[using]).applied_migrations()
    if ("articles", database.SINCE) in applied:
        database.restore(connections[using])
