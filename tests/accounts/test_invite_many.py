"""Inviting many: reading a list, looking at it, and inviting whoever can be."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.invite_many import people, sheet
from accounts.models import CareRelationship, Invitation, Mail, Role, User
from tests.factories import ClinicianFactory, PatientFactory, UserFactory

URL = "/people/invite/many/"
TWO = "Nia New, nia@example.org\nOla Old, ola@example.org"


@pytest.fixture
def client(signed_in, clinician):
    return signed_in(clinician)


def look(client, text="", **more):
    return client.post(URL, {"text": text, "do": "check", **more})


def confirm(client, text, **more):
    """Look, then confirm what was shown."""
    page = look(client, text, **more)
    shown = {"text": page.context["shown"], "checked": page.context["form"].fingerprint}
    return client.post(URL, {**shown, "do": "invite"}, follow=True)


def upload(content, name="people.csv"):
    return SimpleUploadedFile(name, content)


def ready(page):
    return [(one.name, one.email) for one in page.context["ready"]]


def wrong(page):
    return {one.line.number: one.error for one in page.context["wrong"]}


# --- Inviting -----------------------------------------------------------------------------------


def test_nobody_is_invited_before_it_is_confirmed(client, clinician):
    page = look(client, TWO)
    assert ready(page) == [("Nia New", "nia@example.org"), ("Ola Old", "ola@example.org")]
    assert "Invite 2 people" in page.content.decode()
    assert not Invitation.objects.exists()
    done = confirm(client, TWO)
    assert done.redirect_chain == [(reverse("accounts:invitations"), 302)]
    assert "2 people are invited." in done.content.decode()
    nia = User.objects.get(email="nia@example.org")
    assert nia.role == Role.PATIENT and not nia.has_usable_password()
    assert (nia.language, nia.time_zone) == (clinician.language, clinician.time_zone)
    assert nia in User.objects.patients_of(clinician)
    assert nia.care_received.get().started_by == clinician
    assert nia.invitation.state == "pending" and nia.invitation.invited_by == clinician
    assert Mail.objects.filter(kind=Mail.Kind.INVITATION).count() == 2


def test_rows_with_errors_are_left_out_and_stay_to_be_corrected(client):
    page = confirm(client, "Name;E-mail\n" + "Nia New;nia@example.org\nOla Old;ola@example\n")
    assert "1 person is invited." in page.content.decode()
    assert page.context["shown"] == "Name;E-mail\nOla Old;ola@example"
    assert list(User.objects.patients().values_list("email", flat=True)).count("nia@example.org")
    again = confirm(client, page.context["shown"].replace("ola@example", "ola@example.org"))
    assert again.redirect_chain
    assert User.objects.filter(email="ola@example.org").exists()


def test_a_double_click_invites_once_and_looks_like_one(client):
    first, second = confirm(client, TWO), confirm(client, TWO)
    assert Invitation.objects.count() == 2
    assert first.redirect_chain == second.redirect_chain
    assert "invited or in your care already" in second.content.decode()


def test_rows_that_were_changed_after_the_look_are_shown_first(client):
    page = look(client, TWO)
    changed = {"text": TWO + "\nZoe, zoe@example.org", "do": "invite"}
    page = client.post(URL, {**changed, "checked": page.context["form"].fingerprint})
    assert "The rows have changed." in page.content.decode()
    assert len(page.context["ready"]) == 3
    assert not Invitation.objects.exists()


def test_all_or_nobody_when_somebody_else_is_faster(db):
    lines = sheet.read(TWO).lines
    inviter = ClinicianFactory()
    candidates = people.check(lines, inviter)
    UserFactory(email="ola@example.org")
    assert people.invite(candidates, inviter) is None
    assert not User.objects.filter(email="nia@example.org").exists()
    assert not CareRelationship.objects.filter(clinician=inviter).exists()
    assert not Mail.objects.exists()


def test_the_invitations_expire_are_sent_again_and_withdrawn_like_any_other(signed_in, clinician):
    confirm(signed_in(clinician), TWO)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        client = signed_in(clinician)
        page = client.get(reverse("accounts:invitations")).content.decode()
        assert page.count("expired") >= 2
        nia = User.objects.get(email="nia@example.org")
        client.post(reverse("accounts:invite_again", args=[nia.public_id]))
        assert Invitation.objects.get(user=nia).state == "pending"
        client.post(reverse("accounts:revoke", args=[nia.public_id]))
        assert Invitation.objects.get(user=nia).state == "revoked"


# --- Who can be invited -------------------------------------------------------------------------


WRONG = [
    ("Nia New", "The e-mail address is missing."),
    (", nia@example.org", "The name is missing."),
    ("Nia New, nia at example.org", "This is no e-mail address: nia at example.org"),
    ("Nia New, nia@@example.org", "This is no e-mail address"),
    (f"Nia New, nia@{'x' * 64}.org", "This is no e-mail address"),
    (f"{'N' * 151}, nia@example.org", "The name is too long."),
    (f"Nia, {'n' * 300}@example.org", "The address is too long."),
    ("Nia New, nia@example.org, clinician", "You can invite patients only."),
]


def test_what_is_wrong_with_a_row_is_said(client):
    page = look(client, "\n".join(["Zoe, zoe@example.org", *(row for row, _words in WRONG)]))
    said = wrong(page)
    for number, (_row, words) in enumerate(WRONG, start=2):
        assert words in said[number]
    assert ready(page) == [("Zoe", "zoe@example.org")]


def test_who_is_known_or_there_twice_is_left_out(client, clinician, patient):
    UserFactory(email="else@example.org")
    confirm(client, "Ida, ida@example.org")
    text = "\n".join(
        ["Nia, nia@example.org", "N. N., NIA@Example.org", f"P, {patient.email.upper()}",
         "I, ida@example.org", "E, Else@example.org"]
    )  # fmt: skip
    page = look(client, text)
    assert ready(page) == [("Nia", "nia@example.org")]
    settled = {one.line.number: one.error for one in page.context["settled"]}
    assert settled[2] == "The same address is in line 1."
    assert settled[3] == settled[4] == "This person is in your care already."
    assert "already has an account" in wrong(page)[5]


def test_a_patient_of_somebody_else_is_not_told_apart_from_any_account(client):
    stranger, editor = PatientFactory(), UserFactory(role=Role.EDITOR)
    reasons = wrong(look(client, f"A, {stranger.email}\nB, {editor.email}"))
    assert reasons[1] == reasons[2]


def test_an_administrator_gives_roles_and_cares_for_nobody(signed_in, administrator):
    client = signed_in(administrator)
    text = (
        "name,role,email\nClara,Clinician,clara@example.org\nEd,editor,ed@example.org\n"
        "Pia,,pia@example.org\nMo,boss,mo@example.org"
    )
    page = look(client, text)
    assert wrong(page) == {5: "“boss” is no role."}
    confirm(client, text)
    roles = dict(User.objects.filter(invitation__isnull=False).values_list("email", "role"))
    assert roles == {
        "clara@example.org": Role.CLINICIAN,
        "ed@example.org": Role.EDITOR,
        "pia@example.org": Role.PATIENT,
    }
    assert User.objects.get(email="ed@example.org").groups.exists()
    assert not CareRelationship.objects.exists()


# --- Reading lists ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Nia Neü, nia@example.org",
        "nia@example.org;Nia Neü",
        "Nia Neü\tnia@example.org",
        '"Nia Neü","nia@example.org"',
        "Nia Neü <nia@example.org>",
        "E-Mail;Name\nnia@example.org;Nia Neü",
        "First name,Last name,Email address\nNia,Neü,nia@example.org",
        "\n\n name , email \n\n Nia  Neü ,  nia@example.org \n;;\n",
        "Nia Neü,mailto:nia@example.org",
    ],
)
def test_lists_come_in_many_shapes(text):
    for code in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        content = text.replace("\n", "\r\n").encode(code)
        [line] = sheet.read(sheet.cleaned(sheet.decoded(content))).lines
        assert (line.name, line.email) == ("Nia Neü", "nia@example.org"), code


def test_an_open_quotation_mark_spoils_no_more_than_its_line():
    lines = sheet.read('"Nia, nia@example.org\nOla, ola@example.org').lines
    assert (lines[1].name, lines[1].email) == ("Ola", "ola@example.org")


def test_a_file_takes_the_place_of_the_text(client):
    page = look(client, "Old, old@example.org", file=upload(b"Nia,nia@example.org"))
    assert ready(page) == [("Nia", "nia@example.org")]
    assert page.context["shown"] == "Nia,nia@example.org"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is nobody in it."),
        (b"PK\x03\x04 and so on", "Save it as CSV first"),
        (b"x" * (sheet.LARGEST_FILE + 1), "This file is too large"),
        (b"name,email\n", "There is nobody in it."),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(client, content, words):
    page = look(client, file=upload(content))
    assert words in page.content.decode()
    assert "error-summary" in page.content.decode()


def test_at_most_five_hundred_rows_and_what_was_pasted_stays(client):
    text = "\n".join(f"N, n{number}@example.org" for number in range(501))
    page = look(client, text)
    assert "These are 501 rows. Invite at most 500 at a time." in page.content.decode()
    assert page.context["shown"] == text


NASTY = [
    "", "\x00", "\x00,\x00@\x00", "a" * 150_000, "@", ",,,,", '"' * 999, "\u2028@\u202e",
    "=cmd|'/c'!A0, a@b.c", "ü@ü.example, ü", "name,email\n" + "," * 5000, "<b>x</b>,x@y.zz",
]  # fmt: skip


def test_no_list_breaks_the_page(client):
    for text in NASTY:
        for do in ("check", "invite"):
            page = client.post(URL, {"text": text, "do": do, "checked": "\x00" * 99})
            assert page.status_code == 200, text[:50]
            assert "<b>x</b>" not in page.content.decode()
    assert client.post(URL, {"file": "no file"}).status_code == 200
    binary = upload(bytes(range(256)) * 9, name="../\u202e.csv")
    assert client.post(URL, {"file": binary, "text": NASTY[1]}).status_code == 200


@pytest.mark.parametrize("many", [1, 100])
def test_queries_of_the_look_do_not_grow(client, patient, django_assert_num_queries, many):
    rows = [f"P, {patient.email}", *(f"N, n{number}@example.org" for number in range(many))]
    text = "\n".join(rows)
    look(client, text)
    # Twelve of them count how often this person looks.
    with django_assert_num_queries(18):
        look(client, text)


def test_only_who_invites_gets_here_and_the_page_of_one_leads_here(signed_in, client, patient):
    assert URL in client.get(reverse("accounts:invite")).content.decode()
    assert signed_in(patient).get(URL).status_code == 403
    assert Client().get(URL).status_code == 302
