"""The diary of a patient over a longer time, as far as it is shared with a clinician."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship
from education.journal.models import Night, Reflection


def url_of(patient, query=""):
    return reverse("care:patient_diary", args=[patient.public_id]) + query


def make_night(patient, days_ago=0, **fields):
    woke_at = timezone.now() - timedelta(days=days_ago)
    return Night.objects.create(
        patient=patient,
        diary_date=timezone.localdate(timezone=patient.zone) - timedelta(days=days_ago),
        zone="Europe/London",
        into_bed_at=woke_at - timedelta(hours=8),
        tried_to_sleep_at=woke_at - timedelta(hours=8),
        minutes_to_fall_asleep=20,
        awakenings=0,
        woke_at=woke_at,
        got_up_at=woke_at,
        **{"numbers_shared": True, **fields},
    )


def test_each_stretch_shows_its_nights_and_nothing_else(signed_in, clinician, patient):
    make_night(patient, 1, note="Lately.", words_shared=True)
    make_night(patient, 20, note="Not shared.")
    make_night(patient, 60, note="Long ago.", medicine="Drops.", words_shared=True)
    Reflection.objects.create(patient=patient, on="2026-01-01", text="Of the page.", shared=True)
    client = signed_in(clinician)
    for query, n, old in (("", 1, False), ("?last=28", 2, False), ("?last=90", 3, True)):
        page = client.get(url_of(patient, query)).content.decode()
        assert f"({n} shared of {query[6:] or 14} nights)" in page
        assert "Lately." in page and "Not shared." not in page and "Of the page." not in page
        assert ("Long ago." in page) == ("Drops." in page) == old
    assert 'class="sleep-trend"' in page
    for wrong in ("?last=15", "?last=", "?last=%00", "?last=90&last=9", "?last=٢٨"):
        assert client.get(url_of(patient, wrong)).status_code == 404


def test_it_is_recorded_and_ends_nothing_that_is_new(signed_in, clinician, patient):
    client = signed_in(clinician)
    client.get(url_of(patient))
    client.get(url_of(patient, "?last=90"))
    assert {event.actor for event in AccessEvent.objects.filter(patient=patient)} == {clinician}
    record = signed_in(patient).get(reverse("accounts:access_record")).content.decode()
    assert clinician.name in record
    assert CareRelationship.objects.get().page_opened_at is None
    assert (
        url_of(patient)
        in client.get(reverse("care:patient", args=[patient.public_id])).content.decode()
    )


def test_only_who_treats_the_patient_gets_there(signed_in, clinician, patient, other_clinician):
    make_night(patient)
    assert signed_in(other_clinician).get(url_of(patient)).status_code == 404
    assert signed_in(patient).get(url_of(patient)).status_code == 403
    client = signed_in(clinician)
    assert client.get(url_of(patient)).status_code == 200
    assert client.post(url_of(patient)).status_code == 405
    CareRelationship.objects.update(ended_at=timezone.now())
    assert client.get(url_of(patient)).status_code == 404
    assert AccessEvent.objects.count() == 1


@pytest.mark.once
@pytest.mark.parametrize("nights", [1, 90])
def test_queries_do_not_grow(signed_in, clinician, patient, django_assert_num_queries, nights):
    for days_ago in range(nights):
        make_night(patient, days_ago, note="Words.", words_shared=True)
    client = signed_in(clinician)
    client.get(url_of(patient, "?last=90"))
    # Two of them open and close the transaction that holds page and record together.
    with django_assert_num_queries(10):
        client.get(url_of(patient, "?last=90"))
