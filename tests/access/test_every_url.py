"""Every address says whom it is for; the public ones are listed here and nowhere else."""

import pytest
from django.test import Client

from accounts.models import Role

from .urls import addresses

PUBLIC = {
    "portal:help",
    "portal:live",
    "portal:ready",
    "portal:robots",
    "portal:metrics",
    "portal:csp_report",
    "accounts:theme",
    "accounts:privacy",
    # Whether the session still stands, and a new token for the form that waits on the page.
    "accounts:session",
    "accounts:clinic_css",
    "accounts:accept_invitation",
    "accounts:unsubscribe",
    # allauth's pages for somebody who is not signed in yet
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_login_code",
    "mfa_authenticate",
    "mfa_login_webauthn",
}

# Only redirects to the one sign-in page; see portal/admin_site.py.
ADMIN_DOORS = {"admin:login"}


def is_public(view) -> bool:
    return not getattr(view, "login_required", True)


def test_every_view_of_ours_declares_its_audience():
    silent = [
        f"{one.name} ({one.route})"
        for one in addresses()
        if one.is_ours and not one.route.startswith("admin/") and not hasattr(one.view, "audience")
    ]
    assert silent == []


def test_exactly_the_listed_addresses_are_public():
    public = {one.name for one in addresses() if is_public(one.view)}
    assert {one for one in public - ADMIN_DOORS if not one.startswith("/admin/")} == PUBLIC


def test_every_admin_address_is_for_staff(db, signed_in, patient):
    """The admin's own views know no audience; the admin site turns everybody else away."""
    client = signed_in(patient)
    for one in addresses():
        if one.route.startswith("admin/") and "<" not in one.route and "^" not in one.route:
            response = client.get(f"/{one.route}")
            assert response.status_code in (302, 404), one.route
            if response.status_code == 302:
                assert response["Location"].startswith(("/account/login/", "/", "/admin/login/"))


def test_roles_of_audiences_exist():
    for one in addresses():
        assert getattr(one.view, "audience", frozenset()) <= frozenset(Role)


@pytest.mark.parametrize("path", ["/", "/today/", "/caseload/", "/read/", "/journal/", "/admin/"])
def test_somebody_not_signed_in_is_led_to_sign_in(db, path):
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(("/account/login/", "/admin/login/"))
