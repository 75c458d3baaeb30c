"""The browser for the journeys: Debian's Chromium, watched for everything a page must not do.

`page` is a phone, `desktop_page` a desk; both can be used in one test and have sessions of
their own. Every page is guarded: console messages, script errors, violations of the
Content-Security-Policy and requests to another host fail the test at its end.
"""

import fcntl
import inspect
import logging
import os
import shutil
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django.urls import reverse

from accounts.models import User
from portal import demo
from tests.e2e.axe import findings_in_both_schemes
from tests.logs import listening, personal_words

# Playwright keeps an event loop in this thread; the tests still use the ORM synchronously.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # With each session, Chromium loads two pages of its own for an address bar that nobody sees:
    # half of what opening one costs. Adds to what Playwright switches off.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP = {
    "viewport": {"width": 1280, "height": 900},
    "device_scale_factor": 1,
    "is_mobile": False,
    "has_touch": False,
}

# Chromium prints one console error per answer of 400 and above, which journeys ask for.
REFUSED = "Failed to load resource: the server responded with a status of "

WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
    if (window.__axeRuns) return;
    window.__reportPolicy(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    journeys = [item for item in items if "tests/e2e/" in item.path.as_posix()]
    for item in journeys:
        item.add_marker(pytest.mark.e2e)
    if len(journeys) == len(items):
        items[:] = in_order(journeys)


def in_order(journeys):
    """The two longest, for one browser; then what needs no demo, for the other while the first
    loads it; then the rest from long to short, so that both end at about the same time."""
    by_length = sorted(journeys, key=lambda item: -len(inspect.getsource(item.function)))
    with_demo = [item for item in by_length if "portal" in item.fixturenames]
    without = [item for item in by_length if "portal" not in item.fixturenames]
    return with_demo[:2] + without + with_demo[2:]


# --- Browser --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    # The viewport is chosen per page, below.
    options = {**browser_context_args, "locale": "en-US", "reduced_motion": "reduce"}
    options.pop("viewport", None)
    return options


class ConsoleGuard:
    """What the guarded pages said and asked for that they should not have."""

    def __init__(self, allowed_host: str) -> None:
        self.allowed_host = allowed_host
        self.complaints: list[str] = []
        self.paused = False
        self._expected: list[str] = []

    def watch(self, page) -> None:
        """Guard this page; `page`, `desktop_page` and `new_page` are guarded already."""
        page.expose_function("__reportPolicy", self._policy)
        page.add_init_script(WATCH_POLICY)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._complain(f"script error: {error}"))
        page.on("request", self._request)

    def expect(self, text: str) -> None:
        """Let complaints that contain this text pass."""
        self._expected.append(text)

    def check(self) -> None:
        """Fail if anything was complained about so far."""
        complaints, self.complaints = self.complaints, []
        complaints = [
            complaint
            for complaint in dict.fromkeys(complaints)
            if not any(text in complaint for text in self._expected)
        ]
        if complaints:
            raise AssertionError("The browser complained:\n" + "\n".join(complaints))

    def _complain(self, complaint: str) -> None:
        if not self.paused:
            self.complaints.append(complaint)

    def _policy(self, violation: str) -> None:
        self._complain(f"Content-Security-Policy: {violation}")

    def _console(self, message) -> None:
        if message.type not in ("error", "warning") or message.text.startswith(REFUSED):
            return
        where = (message.location or {}).get("url", "")
        self._complain(f"console {message.type}: {message.text} ({where})")

    def _request(self, request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.netloc != self.allowed_host:
            self._complain(f"request to another host: {request.url}")


@pytest.fixture
def console_guard(live_server):
    guard = ConsoleGuard(urlsplit(live_server.url).netloc)
    yield guard
    guard.check()


@pytest.fixture(autouse=True)
def nothing_personal_is_logged(request):
    """Whatever a journey does: no name, no address, no word of anybody stands in the logs."""
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("live_server")
    with listening(logging.INFO) as lines:
        yield
    logged = lines.getvalue()
    assert "portal" not in request.fixturenames or '"event": "request"' in logged
    found = sorted(word for word in personal_words() if word in logged)
    assert not found, f"The logs say: {found}"


@pytest.fixture
def new_page(new_context, live_server, console_guard):
    """new_page(**context options) opens a guarded page, a phone's, in a session of its own."""

    def make(**options):
        page = new_context(**{"base_url": live_server.url, **PHONE, **options}).new_page()
        page.set_default_timeout(10_000)
        console_guard.watch(page)
        return page

    return make


@pytest.fixture
def page(new_page):
    """A phone: 390 × 844, touch."""
    return new_page()


@pytest.fixture
def desktop_page(new_page):
    """A desk: 1280 × 900, mouse."""
    return new_page(**DESKTOP)


# --- The demo ------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def quickly_emptied(django_db_setup, django_db_blocker):
    """After a journey the database is what the migrations made of it, by copying it back:
    that takes a fiftieth of the time that emptying every table takes."""
    empty = sqlite3.connect(":memory:", check_same_thread=False)
    with django_db_blocker.unblock():
        connection.ensure_connection()
        connection.connection.backup(empty)
        connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: _restore(empty))
        yield
    empty.close()


def _restore(copy: sqlite3.Connection) -> None:
    connection.ensure_connection()
    copy.backup(connection.connection)


_loaded = sqlite3.connect(":memory:", check_same_thread=False)


@pytest.fixture
def portal(transactional_db, live_server, tmp_path_factory):
    """The demo, as somebody meets it after `make run`: loaded once, then copied for each test."""
    if not _loaded.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        # The folder of all the processes of this run: whoever is first loads it for the others.
        shared = tmp_path_factory.getbasetemp()
        if "PYTEST_XDIST_WORKER" in os.environ:
            shared = shared.parent
        with (shared / "demo.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _load(shared / "demo.sqlite3", shared / "demo-media")
    _restore(_loaded)
    return live_server.url


def _load(database: Path, media: Path) -> None:
    if not database.exists():
        demo.load_demo(settings.BASE_DIR / "fixtures")
        shutil.copytree(settings.MEDIA_ROOT, media, dirs_exist_ok=True)
        connection.connection.backup(_loaded)
        unfinished = database.with_suffix(".unfinished")
        with sqlite3.connect(unfinished) as file:
            _loaded.backup(file)
        file.close()
        unfinished.rename(database)
        return
    shutil.copytree(media, settings.MEDIA_ROOT, dirs_exist_ok=True)
    with sqlite3.connect(database) as file:
        file.backup(_loaded)
    file.close()


@pytest.fixture
def enter(portal, sign_in):
    """enter(page, "patient") opens the home of a demo person."""
    return lambda page, who: sign_in(page, f"{who}@example.org")


# --- What journeys do -----------------------------------------------------------------------


@pytest.fixture
def sign_in(live_server):
    """sign_in(page, email) brings a session along and opens that person's home."""

    def sign_in(page, email: str) -> None:
        client = Client()
        client.force_login(
            User.objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0]
        )
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        page.goto(live_server.url)
        assert reverse("account_login") not in page.url, f"{email} is not let in"

    return sign_in


@pytest.fixture
def sign_in_by_form(live_server):
    """sign_in_by_form(page, email, password) signs in as a person does, where that matters."""

    def sign_in(page, email: str, password: str = demo.PASSWORD) -> None:
        page.goto(live_server.url + reverse("account_login"))
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(password)
        with page.expect_navigation():
            page.locator("input[name=password]").press("Enter")
        assert reverse("account_login") not in page.url, (
            f"{email} could not sign in: {page.locator('main').inner_text()[:500]}"
        )

    return sign_in


@pytest.fixture
def assert_accessible(console_guard):
    """assert_accessible(page): axe finds nothing, neither in light nor in dark.

    What the page itself complained about is taken first: axe adds styles of its own, which
    the policy rightly refuses.
    """

    def check(page) -> None:
        # A click returns when the next page has begun to arrive; half of it would have findings.
        page.wait_for_load_state("load")
        console_guard.check()
        page.evaluate("() => { window.__axeRuns = true }")
        console_guard.paused = True
        try:
            found = findings_in_both_schemes(page)
            # Messages arrive through the same channel as answers: after this one, all are in.
            page.evaluate("() => new Promise(requestAnimationFrame)")
        finally:
            console_guard.paused = False
            page.evaluate("() => { window.__axeRuns = false }")
        overflow = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if overflow > 0:
            found.append(f"the page scrolls sideways by {overflow} px")
        if found:
            raise AssertionError(f"{page.url}: {len(found)} findings\n" + "\n".join(found))

    return check
