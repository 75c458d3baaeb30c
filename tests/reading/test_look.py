"""How the reading looks: kept without scripts, on every page, and never more than it says."""

import re

import pytest
import segno
from django.test import Client
from django.urls import reverse

from tests.factories import PublishedEditionFactory

LOOK = "/read/look/keep/"


@pytest.fixture
def edition(db):
    return PublishedEditionFactory(article__slug="days", article__title="Days & nights")


def keep(client, target="/read/", **chosen):
    return client.post(reverse("reading:look"), {"next": target, **chosen})


def pressed(page, name):
    """The value of the one button of a group that is pressed."""
    (value,) = re.findall(rf'name="{name}" value="(\w*)" aria-pressed="true"', page)
    return value


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value", "in_page"),
    [
        ("text", "1", 'data-text="1"'),
        ("text", "3", 'data-text="3"'),
        ("text", "4", 'data-text="4"'),
        ("face", "sans", 'data-face="sans"'),
        ("lines", "wide", 'data-lines="wide"'),
        ("theme", "light", 'data-theme="light"'),
        ("theme", "dark", 'data-theme="dark"'),
    ],
)
def test_each_choice_is_kept_and_taken_back(signed_in, patient, edition, name, value, in_page):
    client, url = signed_in(patient), edition.get_absolute_url()
    response = keep(client, f"{url}#look", **{name: value})
    assert response["Location"] == f"{url}#look"
    cookie = response.cookies[name]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == (value, 31536000, "Lax")
    page = client.get(url).content.decode()
    assert in_page in page.partition("<head>")[0]
    panel = page[page.index('id="look"') :]
    assert pressed(panel, name) == value
    keep(client, url, **{name: ""})
    page = client.get(url).content.decode()
    assert in_page not in page.partition("<head>")[0]
    assert pressed(page[page.index('id="look"') :], name) == ""


def test_the_panel_leads_back_to_itself(signed_in, patient, edition):
    page = signed_in(patient).get(edition.get_absolute_url()).content.decode()
    assert f'name="next" value="{edition.get_absolute_url()}#look"' in page
    assert page.index("<h1>") > page.index('id="look"') > page.index('class="back')


@pytest.mark.once
def test_every_role_has_it(signed_in, patient, clinician, editor, administrator, edition):
    for user in (patient, clinician, editor, administrator):
        assert LOOK in signed_in(user).get(edition.get_absolute_url()).content.decode()


@pytest.mark.parametrize("value", ["2", "LARGE", "\x00", "x" * 5000, "sans; domain=x", '"><b>'])
def test_what_is_no_choice_is_not_kept(signed_in, patient, edition, value):
    client = signed_in(patient)
    for name in ("text", "face", "lines", "theme"):
        response = keep(client, **{name: value})
        assert response.status_code == 302
        assert not response.cookies[name].value
        # Somebody's own cookie does no harm either.
        client.cookies[name] = re.sub(r"[^\w]", "", value)[:50] or "-"
    page = client.get(edition.get_absolute_url()).content.decode()
    assert page.partition("<head>")[0].count("data-") == 0


def test_other_cookies_are_left_alone(signed_in, patient):
    response = keep(signed_in(patient), sessionid="mine", csrftoken="mine")
    assert not response.cookies


@pytest.mark.parametrize(
    "target", ["https://example.com/", "//example.com", "", "javascript:alert(1)", "\\\\x"]
)
def test_it_leads_nowhere_else(signed_in, patient, target):
    assert keep(signed_in(patient), target, text="3")["Location"] == "/read/"


def test_it_asks_for_sign_in_and_a_post(signed_in, patient):
    assert keep(Client(), text="3")["Location"].startswith("/account/login/")
    assert signed_in(patient).get(LOOK).status_code == 405
    assert signed_in(patient, enforce_csrf_checks=True).post(LOOK, {"text": "3"}).status_code == 403


# --- On paper ---------------------------------------------------------------------------------


def test_the_sheet_leads_back_to_this_level(signed_in, patient, edition, settings):
    settings.PORTAL_URL = "https://portal.example.org/"
    page = signed_in(patient).get(edition.get_absolute_url()).content.decode()
    address = "https://portal.example.org/read/days/fundamentals/"
    assert f'<p class="address">{address}</p>' in page
    (drawn,) = re.findall(r'<svg[^>]*class="qr"[^>]*>(.*?)</svg>', page, re.DOTALL)
    expected = segno.make(address, error="m", micro=False)
    assert drawn in expected.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None)
    # The policy of the page allows no styles here, and screen readers never meet it.
    assert "style" not in drawn
    assert re.search(r'<div class="only-print way-back">\s*<svg', page)


def test_a_draft_has_no_way_back(signed_in, reviewer, edition):
    url = reverse("reading:preview", args=["days", "fundamentals", 1])
    assert "way-back" not in signed_in(reviewer).get(url).content.decode()
