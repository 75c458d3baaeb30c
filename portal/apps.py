from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from django.conf import settings

        from portal import checks, security_events  # noqa: F401
        from portal.deployment import refuse_wrong_portal_url
        from portal.permissions import ensure_groups

        security_events.listen()
        refuse_wrong_portal_url(settings.PORTAL_URL, settings.ALLOWED_HOSTS, https=settings.HTTPS)
        # The portal has no models, so it hears of no migration of its own.
        after = apps.get_app_config("accounts")
        post_migrate.connect(ensure_groups, sender=after, dispatch_uid="portal.ensure_groups")
        post_migrate.connect(_ensure_cache_table, sender=after, dispatch_uid="portal.cache_table")


def _ensure_cache_table(using: str, **kwargs: object) -> None:
    from django.core.management import call_command

    call_command("createcachetable", database=using, verbosity=0)


class PortalAdminConfig(AdminConfig):
    default_site = "portal.admin_site.PortalAdminSite"
