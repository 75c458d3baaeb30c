"""What is the patient's, and what they agree to, in a browser."""

import re
import zipfile

from accounts.models import ConsentText, User
from portal import demo
from tests.e2e.conftest import DESKTOP


def test_agree_take_everything_along_and_leave(portal, page, new_page, assert_accessible):
    text = ConsentText.objects.create(
        number=2, text="## Nights\n\nWe keep them.", change_note="Nights."
    )
    text.publish(User.objects.get(email="admin@example.org"))
    # The changed text comes first, then where one was going.
    page.goto(portal + "/account/login/?next=/profile/data/")
    page.locator("input[name=login]").fill("patient@example.org")
    page.locator("input[name=password]").fill(demo.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/profile/data/")
    page.goto(portal + "/journal/")
    page.wait_for_url("**/consent/?next=*")
    assert page.get_by_text("What has changed").is_visible()
    assert_accessible(page)
    page.get_by_role("button", name="I agree").click()
    page.wait_for_url("**/journal/")
    page.goto(portal + "/profile/opened/")
    assert page.get_by_text("Dr Clara Clinician opened").first.is_visible()
    assert_accessible(page)
    page.get_by_role("link", name="that you share").first.click()
    page.wait_for_url("**/journal/")
    # Everything, in one file whose pages open without the portal.
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="Your data").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download everything").click()
    archive = zipfile.ZipFile(downloading.value.path())
    assert {"index.html", "README.txt", "everything.json"} <= set(archive.namelist())
    reader = new_page(**DESKTOP)
    reader.set_content(archive.read("index.html").decode())
    assert reader.get_by_role("link", name="Your nights").is_visible()
    # The account goes, and with it the way in.
    page.get_by_role("link", name="Close your account").click()
    assert page.get_by_text(re.compile("nights")).first.is_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Close my account").click()
    assert page.get_by_text("Tick this").first.is_visible()
    page.get_by_label("Erase what is mine").check()
    page.get_by_role("button", name="Close my account").click()
    page.get_by_role("heading", name="Your account is closed").wait_for()
    page.goto(portal + "/today/")
    assert "/account/login/" in page.url
    assert not User.objects.filter(email="patient@example.org").exists()
