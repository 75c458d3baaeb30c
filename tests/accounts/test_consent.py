"""The text that patients agree to: written, published, asked, and asked again when it changes."""

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Consent, ConsentText, User
from accounts.privacy.words import as_html
from tests.factories import AdministratorFactory, ClinicianFactory, PatientFactory

CONSENT = "/consent/"


def published(by, number=1, text="We keep your nights.", change_note=""):
    one = ConsentText.objects.create(number=number, text=text, change_note=change_note)
    assert one.publish(by)
    return one


def test_a_patient_is_asked_once_and_comes_back_to_where_they_were(
    administrator, patient, clinician, signed_in, django_assert_max_num_queries
):
    published(administrator, text="# Who sees it\n\nYour <b>team</b> [x](javascript:alert(1)).")
    client = signed_in(patient)
    answer = client.get("/journal/nights/?last=28")
    assert answer.status_code == 302
    assert answer["Location"] == "/consent/?next=%2Fjournal%2Fnights%2F%3Flast%3D28"
    page = client.get(answer["Location"]).content.decode()
    assert "<h2>Who sees it</h2>" in page and "&lt;b&gt;team" in page
    assert 'href="javascript' not in page
    # What is theirs stays within reach, and so do help and the way out.
    for path in ("/profile/data/", "/privacy/", "/help/", "/account/password/change/",
                 "/account/2fa/", "/profile/close/",
                 "/journal/delete/", "/profile/data/everything.zip",
                 "/account/logout/"):  # fmt: skip
        assert client.get(path).status_code == 200, path
    # Nobody writes who has never agreed.
    assert client.post("/questions/new/", {"text": "May I?"})["Location"] == CONSENT
    assert not patient.questions.exists()
    agreed = {"number": "1", "next": "/journal/nights/?last=28"}
    assert client.post(CONSENT, agreed)["Location"] == "/journal/nights/?last=28"
    # The second of two clicks.
    assert client.post(CONSENT, agreed).status_code == 302
    assert Consent.objects.get().patient == patient
    assert client.get("/journal/nights/?last=28").status_code == 200
    assert "You agreed to it on" in client.get("/privacy/").content.decode()
    # Nobody else is asked.
    assert signed_in(clinician).get("/caseload/").status_code == 200
    assert signed_in(clinician).get(CONSENT).status_code == 403


@pytest.mark.parametrize(
    "sent",
    [{}, {"number": "2"}, {"number": "0"}, {"number": "9" * 400}, {"number": "1\x00"},
     {"number": "١"}, {"number": "1", "next": "https://elsewhere.example/"},
     {"number": "1", "next": "//elsewhere.example"}, {"number": "1", "next": "/\x00"}],
)  # fmt: skip
@pytest.mark.once
def test_nonsense_is_no_agreement_and_leads_nowhere_else(administrator, patient, signed_in, sent):
    published(administrator)
    answer = signed_in(patient).post(CONSENT, sent)
    if sent.get("number") == "1":
        assert answer.status_code == 302 and "elsewhere" not in answer["Location"]
    else:
        assert answer.status_code == 200
        assert not Consent.objects.exists()


def test_a_changed_text_is_asked_again_and_what_was_begun_is_not_lost(
    administrator, patient, signed_in
):
    published(administrator)
    client = signed_in(patient)
    User.objects.filter(pk=patient.pk).update(consent_is_due=True)
    client.post(CONSENT, {"number": "1"})
    assert client.get("/today/").status_code == 200
    published(administrator, 2, change_note="We keep questions, too.")
    # Begun under the former text: it is saved, and the next page asks.
    assert client.post("/questions/new/", {"text": "May I?"}).status_code == 302
    assert patient.questions.count() == 1
    assert client.get("/today/")["Location"] == "/consent/?next=%2Ftoday%2F"
    page = client.post(CONSENT, {"number": "1"}).content.decode()
    assert "changed this very moment" in page and "We keep questions, too." in page
    client.post(CONSENT, {"number": "2"})
    assert client.get("/today/").status_code == 200
    assert list(patient.consents.values_list("text__number", flat=True)) == [2, 1]


@pytest.mark.django_db
def test_without_a_text_nobody_is_asked(signed_in):
    patient = PatientFactory(consent_is_due=True)
    assert signed_in(patient).get("/today/").status_code == 200
    assert signed_in(patient).get(CONSENT)["Location"] == "/"
    page = Client().get("/privacy/")
    assert page.status_code == 200 and "has not published" in page.content.decode()


def test_a_published_text_never_changes(administrator, patient):
    text = published(administrator)
    with pytest.raises(ValueError, match="never changes"):
        text.save()
    with pytest.raises(ValueError, match="never changes"):
        text.delete()
    rows = ConsentText.objects.filter(pk=text.pk)
    for change in ({"text": "Other"}, {"published_at": None}, {"number": 7}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    assert not text.publish(administrator)
    # Nobody can publish an older one behind it.
    Consent.objects.agree(patient, "1")
    with pytest.raises((IntegrityError, ValueError)), transaction.atomic():
        rows.delete()
        if connection.vendor == "sqlite":
            connection.check_constraints()
    rows.get()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("id_and_number", ["{pk}, 5", "999, 1"])
def test_replacing_a_published_text_is_refused(administrator, id_and_number):
    text = published(administrator)
    values = id_and_number.format(pk=text.pk)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO accounts_consenttext (id, number, text, change_note, "
            f"updated_at) VALUES ({values}, 'Other', '', '2026-01-01')"  # noqa: S608
        )
    assert ConsentText.objects.get().text == text.text


def test_an_administrator_writes_looks_and_publishes(administrator, editor, patient, signed_in):
    client = signed_in(administrator)
    lists = reverse("admin:accounts_consenttext_changelist")
    add = reverse("admin:accounts_consenttext_add")
    # A text to begin with stands in the form.
    assert "who opened what" in client.get(add).content.decode()
    answer = client.post(add, {"text": "We keep **nights**.", "change_note": ""})
    text = ConsentText.objects.get()
    publish = reverse("admin:accounts_consenttext_publish", args=[text.pk])
    assert answer["Location"] == publish
    page = client.get(publish).content.decode()
    assert "<strong>nights</strong>" in page and "1 patient is asked" in page
    # One draft at a time.
    assert client.get(add).status_code == 403
    # What somebody else changed meanwhile is looked at again.
    change = reverse("admin:accounts_consenttext_change", args=[text.pk])
    seen = text.updated_at.isoformat()
    form = client.get(change).context["adminform"].form
    sent = {"text": "We keep all.", "change_note": "", "version": form.initial["version"]}
    assert client.post(change, sent)["Location"] == publish
    assert "Somebody else saved this" in client.post(change, sent).content.decode()
    client.post(publish, {"seen": seen})
    assert ConsentText.objects.current() is None
    text.refresh_from_db()
    client.post(publish, {"seen": text.updated_at.isoformat()})
    assert ConsentText.objects.current() == text
    patient.refresh_from_db()
    assert patient.consent_is_due
    administrator.refresh_from_db()
    assert text.number == 1 and client.get(lists).status_code == 200
    # Published: to be read only; the next one has to say what is new.
    assert client.get(publish)["Location"] == lists
    assert client.post(change, {"text": "Other"}).status_code == 403
    assert "We keep all." in client.get(change).content.decode()
    answer = client.post(add, {"text": "We keep less.", "change_note": ""})
    assert "what has changed" in answer.content.decode()
    client.post(add, {"text": "We keep less.", "change_note": "Less."})
    assert ConsentText.objects.latest("number").number == 2
    # Others have no business there.
    for person in (editor, patient, ClinicianFactory()):
        assert signed_in(person).get(publish).status_code in (302, 403)
        assert signed_in(person).post(publish, {"seen": "x"}).status_code in (302, 403)
    assert client.get(publish.replace(str(text.pk), "9" * 30)).status_code in (302, 400, 404)


@pytest.mark.django_db(transaction=True)
def test_who_agrees_while_a_new_text_is_published_is_asked_again():
    administrator, patient = AdministratorFactory(), PatientFactory()
    published(administrator)
    for number in range(2, 7):
        text = ConsentText.objects.create(number=number, text="New", change_note="New")
        User.objects.filter(pk=patient.pk).update(consent_is_due=True)
        both = threading.Barrier(2)
        agreed = []

        def publish(text=text, both=both):
            both.wait()
            text.publish(administrator)
            connections.close_all()

        def agree(number=number, both=both, agreed=agreed):
            both.wait()
            agreed.append(Consent.objects.agree(patient, str(number - 1)))
            connections.close_all()

        threads = [threading.Thread(target=one) for one in (publish, agree)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        patient.refresh_from_db()
        assert patient.consent_is_due
        assert patient.consents.filter(text__number=number - 1).exists() == agreed[0]


@pytest.mark.once
def test_the_text_is_no_way_in():
    html = as_html("<script>x</script>\n\n![p](http://e/x.png)\n\n[a](data:text/html,x) <a@b.org>")
    assert "<script" not in html and "<img" not in html and "data:text" not in html.split(">")[0]
    assert 'href="data' not in html
