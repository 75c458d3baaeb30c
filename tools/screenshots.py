"""Takes the README's pictures from a running demo that it starts itself.

usage: tools/screenshots.py [--all FOLDER]

Without arguments it writes the README's pictures to docs/images. With --all it writes every page
in four widths, light and dark, to a folder: to look at them before something counts as done.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "lamp-by-the-bed"  # noqa: S105
ARTICLE = "/read/sleep-and-hormone-treatment"

# Picture, person, path, width, height, color scheme.
README = [
    ("today", "patient", "/today/", 390, 844, "light"),
    ("reader", "patient", f"{ARTICLE}/fundamentals/", 390, 844, "dark"),
    ("morning", "patient", "/journal/nights/new/", 390, 844, "light"),
    ("journal", "patient", "/journal/nights/?last=28", 390, 844, "dark"),
    ("search", "patient", "/read/?q=oestradiol", 390, 844, "light"),
    ("prepare", "patient", "/visit/", 390, 844, "dark"),
    ("caseload", "clinician", "/caseload/", 1200, 760, "light"),
    ("patient", "clinician", "PATIENT", 1200, 860, "light"),
    ("visit", "clinician", "VISIT", 1280, 900, "light"),
    ("review", "reviewer", "REVIEW#what-has-changed", 1200, 760, "light"),
    ("desk", "editor", "DRAFT#sections-0", 1200, 860, "light"),
]
PAGES = {
    None: ["/account/login/", "/account/password/reset/", "/help/"],
    "patient": [
        "/today/", "/read/", f"{ARTICLE}/fundamentals/", f"{ARTICLE}/intermediate/",
        f"{ARTICLE}/academic/", "/journal/", "/journal/nights/new/", "/journal/nights/?last=90",
        "/journal/reflections/new/", "/journal/search/", "/journal/sharing/", "/journal/data/",
        "/journal/import/", "/journal/report/", "/journal/how-we-calculate/",
        "/visit/", "/visit/date/", "/visit/before/", "/questions/", "/questions/settled/",
        "/questions/new/", "/profile/", "/profile/opened/", "/glossary/",
        "/no-such-page/",
    ],
    "clinician": [
        "/caseload/", "/caseload/?show=attention", "/caseload/?q=nobody", "PATIENT",
        "PATIENTassign/", "PATIENTteam/", "PATIENTdiary/?last=28", "/programmes/",
        "/programmes/new/", "/visits/", "VISIT", "/people/invite/",
        "/people/invite/many/", "/people/invitations/",
    ],
    "editor": ["/admin/", "/admin/articles/article/", "/admin/glossary/term/", "EDITION"],
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", metavar="FOLDER", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        url, server = serve(data)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            if options.all:
                everything(browser, url, options.all)
            else:
                readme(browser, url)
        finally:
            browser.close()
            server.terminate()
            server.wait(20)
    return 0


def serve(data: str) -> tuple[str, subprocess.Popen]:
    """Start the portal as `make run` does, in a folder of its own; its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        ["tools/run"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": data, "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in server.stdout or ():
        if line.startswith("Ready: "):
            return line.split()[1], server
    raise SystemExit("The portal did not start.")


def sign_in(page: Page, url: str, who: str) -> None:
    page.goto(f"{url}/account/login/")
    page.locator("input[name=login]").fill(f"{who}@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)


def readme(browser: Browser, url: str) -> None:
    for name, who, path, width, height, scheme in README:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-US"
        )
        page = context.new_page()
        sign_in(page, url, who)
        page.goto(url + found(page, url, path))
        page.wait_for_load_state("networkidle")
        target = ROOT / "docs" / "images" / f"{name}.png"
        page.screenshot(path=target)
        # A palette keeps the repository small; the eye sees no difference.
        Image.open(target).convert("RGB").quantize(128).save(target, optimize=True)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KB")
        context.close()


def everything(browser: Browser, url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for width in (320, 390, 768, 1440):
            for who, paths in PAGES.items():
                context = browser.new_context(
                    viewport={"width": width, "height": 844 if width < 768 else 900},
                    color_scheme=scheme,
                    locale="en-US",
                )
                page = context.new_page()
                if who:
                    sign_in(page, url, who)
                for path in paths:
                    page.goto(url + found(page, url, path))
                    name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                context.close()


def found(page: Page, url: str, path: str) -> str:
    """Addresses that carry an id are looked up on the page that links to them."""
    if path.startswith("PATIENT"):
        page.goto(f"{url}/caseload/")
        links = page.locator("a[href^='/patients/']", has_text="Paula Patient")
        link = links.first.get_attribute("href")
        return path.replace("PATIENT", link or "")
    if path == "VISIT":
        page.goto(f"{url}/visits/")
        row = page.locator("li", has_text="Paula Patient")
        return row.get_by_role("link", name="Open the visit page").get_attribute("href") or ""
    for name in ("REVIEW", "DRAFT"):
        if path.startswith(name):
            page.goto(f"{url}/admin/")
            article = {"REVIEW": "Working nights", "DRAFT": "Snoring"}[name]
            link = page.locator("#content a", has_text=article).first.get_attribute("href")
            return path.replace(name, link or "")
    if path == "EDITION":
        page.goto(f"{url}/admin/articles/edition/")
        return page.locator("#result_list a").first.get_attribute("href") or ""
    return path


if __name__ == "__main__":
    sys.exit(main())
