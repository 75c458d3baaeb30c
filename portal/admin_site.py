"""The Django admin as the editors' and administrators' workplace."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(admin.AdminSite):
    site_header = _("Content and people")
    site_title = _("Content and people")
    index_title = _("What would you like to work on?")
    enable_nav_sidebar = True

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The front page: for editors and reviewers with what waits for them, for administrators
        with the mails that do not arrive."""
        # Models are not there yet when this module is read.
        from accounts.mail.troubles import for_user as mail_troubles
        from education.articles.worklists import for_user

        lists = for_user(request.user) if self.has_permission(request) else []
        context = {
            "mail_troubles": mail_troubles(request.user) if self.has_permission(request) else None,
            "work_lists": lists,
            "nothing_waits": not any(one.count for one in lists),
            "lists_without_work": [one.title for one in lists if not one.count],
            **(extra_context or {}),
        }
        return super().index(request, context)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign-in happens in one place, with its limits on attempts."""
        if request.user.is_authenticated:
            return redirect("home")
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A password is changed in one place, which tells its person by mail."""
        return redirect("account_change_password")

    def get_urls(self) -> list[Any]:
        """Without the shortcut to any object's page, which would tell whose journal has entries."""
        return [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Offer choices by name; of patients that is in their record of access."""
        from accounts.admin_access import RecordedAutocomplete

        return RecordedAutocomplete.as_view(admin_site=self)(request)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_logout")
