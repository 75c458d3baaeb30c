"""From a mail into the portal, and out of the mails again."""

from playwright.sync_api import expect

from accounts.models import User
from education.articles.models import Article
from education.reading.assigning import assign
from education.reading.models import Wanted
from tests.mails import deliver, mailed_path


def test_somebody_invited_comes_in_and_chooses_which_mails_they_want(
    desktop_page, page, enter, assert_accessible
):
    enter(desktop_page, "clinician")
    desktop_page.goto("/people/invite/")
    desktop_page.locator("#id_name").fill("Nora New")
    desktop_page.locator("#id_email").fill("nora@example.org")
    desktop_page.get_by_role("button", name="Send the invitation").click()
    expect(desktop_page.get_by_role("status")).to_contain_text("nora@example.org")
    assert_accessible(desktop_page)

    [invitation] = deliver()
    page.goto(mailed_path(invitation))
    page.locator("#id_new_password1").fill("a-first-night-here")
    page.locator("#id_new_password2").fill("a-first-night-here")
    page.get_by_role("button", name="Set the password").click()
    page.wait_for_url("**/consent/**")
    assert_accessible(page)
    page.get_by_role("button", name="I agree").click()
    page.wait_for_url("**/today/")

    nora = User.objects.get(email="nora@example.org")
    clara = User.objects.get(email="clinician@example.org")
    article = Article.objects.get(slug="sleep-and-hormone-treatment")
    assign([Wanted(nora, article, "fundamentals")], by=clara)
    [mail] = deliver()
    assert "sleep" not in (mail.subject + mail.body).lower()

    # On another device, where nobody has signed in.
    page.context.clear_cookies()
    page.goto(mailed_path(mail, "/mails/stop/"))
    assert_accessible(page)
    page.get_by_role("button", name="Stop these e-mails").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You get no more of these e-mails")
    assign([Wanted(nora, Article.objects.exclude(pk=article.pk)[0], "fundamentals")], by=clara)
    assert deliver() == []

    page.get_by_role("button", name="Send them again").click()
    expect(page.get_by_role("button", name="Stop these e-mails")).to_be_visible()
