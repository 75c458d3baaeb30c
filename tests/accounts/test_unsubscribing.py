"""Which mails somebody wants: on their settings, and by the link in each mail."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.mail.unsubscribing import address_for, headers_for
from accounts.models import User

BOTH = {"mails_new_reading": "on", "mails_reminders": "on"}


def path_for(person):
    return "/" + address_for(person).split("/", 3)[3]


def wishes(person):
    return (
        User.objects.filter(pk=person.pk).values_list("mails_new_reading", "mails_reminders").get()
    )


def test_one_click_of_a_mail_program_stops_them(patient):
    """RFC 8058: a POST without cookie or session, answered without a redirect."""
    address = re.fullmatch(
        r"<(http://localhost:\d+)(/.*)>", headers_for(patient)["List-Unsubscribe"]
    )
    answer = Client(enforce_csrf_checks=True).post(
        address[2], "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert wishes(patient) == (False, False)
    assert headers_for(patient)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_person_is_asked_first_and_can_take_it_back(patient):
    client = Client(enforce_csrf_checks=True)
    page = client.get(path_for(patient)).content.decode()
    assert "Stop these e-mails" in page
    assert patient.name not in page and patient.email not in page
    assert wishes(patient) == (True, True)
    page = client.post(path_for(patient), {"List-Unsubscribe": "One-Click"}).content.decode()
    assert "You get no more of these e-mails" in page
    client.post(path_for(patient), {"again": "1"})
    assert wishes(patient) == (True, True)


def test_stopping_twice_is_stopping_once(patient):
    for _click in range(2):
        assert Client().post(path_for(patient)).status_code == 200
    assert wishes(patient) == (False, False)


def test_the_link_is_no_key_to_anything_else(patient):
    client = Client()
    client.post(path_for(patient))
    assert client.get("/today/").status_code == 302


@pytest.mark.parametrize(
    "token", ["x", "x" * 3000, "%00", "%ff%fe", "ü:ü", ":", "0" * 32 + ":x", "a:b:c"]
)
def test_no_other_token_does_anything(patient, token):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(f"/mails/stop/{token}/")
        assert answer.status_code == 404
        assert b"not complete" in answer.content or b"text/html" not in answer.content
    assert wishes(patient) == (True, True)


def test_a_link_for_one_is_none_for_another(patient, other_patient):
    signature = path_for(patient).rstrip("/").rpartition(":")[2]
    answer = Client().post(f"/mails/stop/{other_patient.public_id.hex}:{signature}/")
    assert answer.status_code == 404
    assert wishes(other_patient) == (True, True)


def test_a_patient_chooses_on_the_settings(signed_in, patient):
    client = signed_in(patient)
    facts = {"name": "Paula", "time_zone": "Europe/London", "language": "en-gb"}
    page = client.get(reverse("accounts:profile")).content.decode()
    assert page.count("checked") >= 2
    client.post(reverse("accounts:profile"), {**facts, "mails_reminders": "on"})
    assert wishes(patient) == (False, True)
    client.post(reverse("accounts:profile"), {**facts, **BOTH})
    assert wishes(patient) == (True, True)


def test_others_are_not_asked_about_mails_they_never_get(signed_in, clinician):
    client = signed_in(clinician)
    assert "mails_reminders" not in client.get(reverse("accounts:profile")).content.decode()
    facts = {"name": "Clara", "time_zone": "Europe/London", "language": "en-gb"}
    assert client.post(reverse("accounts:profile"), facts).status_code == 302
    assert wishes(clinician) == (True, True)
