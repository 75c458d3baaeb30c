"""Signing in with a second step, in a browser that has a passkey of its own."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.factories import PASSWORD, ClinicianFactory


@pytest.fixture
def clinician(transactional_db, settings):
    settings.MFA_REQUIRED = True
    return ClinicianFactory(email="clara@example.org")


@pytest.fixture
def authenticator(desktop_page):
    """What stands for the finger on the sensor: authenticator(True) works, False is cancelled."""
    session = desktop_page.context.new_cdp_session(desktop_page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return lambda works: session.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": made["authenticatorId"], "isUserVerified": works},
    )


def test_a_clinician_sets_up_a_passkey_and_an_app_and_signs_in_with_each(
    desktop_page, new_page, clinician, authenticator, sign_in_by_form, assert_accessible
):
    page = desktop_page
    sign_in_by_form(page, clinician.email, PASSWORD)
    expect(page.get_by_text("Your work here needs a second step")).to_be_visible()
    assert_accessible(page)

    # A passkey; a finger that is not known first.
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("A name for it").fill("Desk")
    authenticator(False)
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("You can try again")
    authenticator(True)
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.get_by_role("heading", name="10 codes left")).to_be_visible()
    expect(page.get_by_role("button", name="Print them")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My patients")

    # The same device is not added twice; an app is, by the key that the page shows.
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_role("button", name="Add this passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("already has a passkey")
    page.goto("/account/2fa/totp/activate/")
    assert_accessible(page)
    secret = page.locator("#authenticator_secret").inner_text().replace(" ", "")

    def code(steps):
        return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))

    page.get_by_label("Code that the app shows").fill(code(0))
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_text("In use")).to_be_visible()

    # Out, and in again without typing anything.
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto("/account/login/?next=/profile/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your settings")).to_be_visible()

    # On a phone without it, the app.
    phone = new_page()
    phone.goto("/account/login/")
    phone.get_by_label("Password").fill(PASSWORD)
    phone.locator("input[name=login]").fill(clinician.email)
    phone.locator("input[name=password]").press("Enter")
    expect(phone.get_by_role("button", name="Use your passkey")).to_be_visible()
    phone.get_by_label("Code from the app").fill(code(1))
    phone.get_by_role("button", name="Go on").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("My patients")
