"""What each role may do in the Django admin, as groups made anew after every migration.

Journal, reading and care are not here: no group reaches them, and they have no admin.
"""

from typing import Any

from django.apps import apps as registry
from django.contrib.auth.management import create_permissions

from accounts.models.user import ADMINISTRATORS_GROUP, EDITORS_GROUP, REVIEWERS_GROUP

CONTENT = ("articles", "glossary")


def ensure_groups(using: str, **kwargs: Any) -> None:
    """Give the three groups exactly their permissions (post_migrate; repeatable)."""
    from django.contrib.auth.models import Group, Permission

    for label in ("accounts", *CONTENT):
        create_permissions(registry.get_app_config(label), using=using, verbosity=0)
    permissions = Permission.objects.using(using)
    content = permissions.filter(content_type__app_label__in=CONTENT)
    granted = {
        EDITORS_GROUP: content.exclude(codename="review_edition"),
        REVIEWERS_GROUP: content.filter(codename__startswith="view_")
        | content.filter(codename="review_edition"),
        ADMINISTRATORS_GROUP: permissions.filter(
            content_type__app_label="accounts",
            content_type__model__in=["user", "carerelationship", "clinicprofile", "consenttext"],
        ).exclude(codename="delete_user"),
    }
    for name, wanted in granted.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(wanted)
