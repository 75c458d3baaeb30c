"""What the frame of every page needs: the clinic, and the way around for each role."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from accounts.models import ClinicProfile, Role

# Per role: URL name, label, icon, and the path prefixes under which the entry is the current one.
_ENTRIES: dict[str, list[tuple[str, str, str, tuple[str, ...]]]] = {
    Role.PATIENT: [
        ("care:today", N_("Today"), "today", ("/today/",)),
        ("reading:library", N_("Read"), "read", ("/read/",)),
        ("journal:index", N_("Journal"), "journal", ("/journal/",)),
        ("care:visit", N_("Visit"), "calendar", ("/visit/", "/visits/", "/questions/")),
    ],
    Role.CLINICIAN: [
        (
            "care:caseload",
            N_("Caseload"),
            "people",
            ("/caseload/", "/patients/", "/assignments/", "/teach-backs/", "/people/"),
        ),
        ("reading:library", N_("Library"), "read", ("/read/",)),
        ("programmes:index", N_("Programmes"), "list", ("/programmes/",)),
        ("care:visits", N_("Visits"), "calendar", ("/visits/",)),
    ],
    Role.EDITOR: [
        ("admin:index", N_("Content"), "edit", ("/admin/",)),
        ("reading:library", N_("Library"), "read", ("/read/",)),
    ],
    Role.ADMINISTRATOR: [
        ("admin:index", N_("People"), "people", ("/admin/",)),
        ("accounts:invitations", N_("Invitations"), "mail", ("/people/",)),
        ("reading:library", N_("Library"), "read", ("/read/",)),
    ],
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The clinic's profile (fetched when first used), the navigation and the theme."""
    user = getattr(request, "user", None)
    entries = _ENTRIES.get(user.role, []) if user is not None and user.is_authenticated else []
    if entries and user is not None and user.is_reviewer:
        entries = [*entries, ("admin:index", N_("Review"), "edit", ("/admin/",))]
    theme = request.COOKIES.get("theme")
    return {
        "clinic": SimpleLazyObject(ClinicProfile.current),
        "nav": [
            {
                "url": reverse(name),
                "label": _(label),
                "icon": icon,
                "current": request.path.startswith(prefixes),
            }
            for name, label, icon, prefixes in entries
        ],
        "theme": theme if theme in ("light", "dark") else "",
    }
