"""Nights out of one journal, into another, and onto paper."""

from playwright.sync_api import expect

from accounts.models import User
from education.journal.models import Night
from portal import demo


def test_nights_go_from_one_journal_into_another_and_onto_paper(
    page, enter, sign_in_by_form, assert_accessible, tmp_path
):
    enter(page, "patient")
    page.goto("/journal/")
    page.get_by_role("link", name="Export, import, print").click()
    # Whoever holds the phone only now has to know the password.
    page.get_by_role("link", name="Download nights").click()
    page.wait_for_url("**/reauthenticate/?next=*")
    assert_accessible(page)
    page.locator("input[name=password]").fill(demo.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/journal/data/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download nights").click()
    assert download.value.suggested_filename.endswith("-nights.csv")
    file = tmp_path / "nights.csv"
    download.value.save_as(file)
    # What a spreadsheet may do to a file: a note of one's own at its end.
    file.write_bytes(file.read_bytes() + b"2026-02-30,,,,\r\n")

    nora = User.objects.create(
        email="nora@example.org", name="Nora New", role="patient", consent_is_due=False
    )
    nora.set_password(demo.PASSWORD)
    nora.save()
    page.context.clear_cookies()
    sign_in_by_form(page, nora.email)
    page.goto("/journal/data/")
    page.get_by_role("link", name="Import nights").click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Check the rows").click()
    count = Night.objects.filter(patient__email="patient@example.org").count()
    expect(page.get_by_role("heading", name=f"{count} nights can be imported")).to_be_visible()
    expect(page.get_by_text("This date does not exist.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=f"Import {count} nights").click()
    expect(page.get_by_role("status").first).to_contain_text("Only you can see them.")
    assert Night.objects.filter(patient__email="nora@example.org").count() == count

    page.goto("/journal/data/")
    page.get_by_label("With my notes and medicines").check()
    page.get_by_role("button", name="Open the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sleep diary of Nora New")
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert_accessible(page)
