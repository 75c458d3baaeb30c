"""Where the mails lead to: a portal whose mails would lead elsewhere does not start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.deployment import portal_url, refuse_wrong_portal_url

HERE = ["localhost", "127.0.0.1", "[::1]"]
REAL = ["portal.example.org", "localhost"]


@pytest.mark.parametrize(
    ("url", "hosts", "https", "because"),
    [
        ("", REAL, True, "no address"),
        ("portal.example.org", REAL, True, "no address"),
        ("javascript:alert(1)", REAL, True, "no address"),
        ("https://", REAL, True, "no address"),
        ("https://[", REAL, True, "no address"),
        ("https://portal.example.org:port", REAL, True, "no address"),
        ("https://portal.example.org/portal", REAL, True, "no address"),
        ("https://portal.example.org?a=b", REAL, True, "no address"),
        ("https://somebody@portal.example.org", REAL, True, "no address"),
        ("https://elsewhere.example", REAL, True, "not in ALLOWED_HOSTS"),
        ("http://portal.example.org", REAL, True, "does not begin with https://"),
        ("https://localhost", REAL, True, "nobody else"),
        ("http://elsewhere.example", HERE, False, "not in ALLOWED_HOSTS"),
    ],
)
def test_it_says_what_is_wrong_and_what_to_set(url, hosts, https, because):
    with pytest.raises(ImproperlyConfigured, match="Set PORTAL_URL") as refused:
        refuse_wrong_portal_url(url, hosts, https=https)
    assert because in str(refused.value)


@pytest.mark.parametrize(
    ("url", "hosts", "https"),
    [
        ("https://portal.example.org", REAL, True),
        ("https://portal.example.org:8443", REAL, True),
        ("https://north.example.org", [".example.org"], True),
        ("http://localhost:8123", HERE, False),
        ("http://[::1]:8123", HERE, False),
        # A developer behind a tunnel of their own.
        ("https://localhost", HERE, False),
    ],
)
def test_a_proper_address_is_taken(url, hosts, https):
    refuse_wrong_portal_url(url, hosts, https=https)


@pytest.mark.parametrize("hosts", [HERE, REAL, [".example.org"], ["*"]])
def test_the_address_that_is_guessed_is_proper_or_refused(hosts):
    https = hosts is not HERE
    url = portal_url(hosts, https=https, port="8000")
    if hosts == ["*"]:
        with pytest.raises(ImproperlyConfigured):
            refuse_wrong_portal_url(url, hosts, https=https)
    else:
        refuse_wrong_portal_url(url, hosts, https=https)
