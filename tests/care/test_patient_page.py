"""One patient, as their clinician sees them: what is shared, at a constant cost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from education.journal.models import Night, Reflection
from tests.factories import AssignmentFactory


def fill(patient, rows):
    today = timezone.localdate()
    for index in range(rows):
        AssignmentFactory(patient=patient)
        Night.objects.create(
            patient=patient,
            diary_date=today - timedelta(days=index),
            zone="Europe/London",
            minutes_to_fall_asleep=10,
            numbers_shared=True,
        )
        Reflection.objects.create(patient=patient, on=today, text=f"Words {index}", shared=True)


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow(signed_in, clinician, patient, django_assert_num_queries, rows):
    fill(patient, rows)
    page = reverse("care:patient", args=[patient.public_id])
    client = signed_in(clinician)
    client.get(page)
    # Two of them open and close the transaction that holds page and record together.
    with django_assert_num_queries(10):
        client.get(page)


def test_what_is_not_shared_leaves_no_trace(signed_in, clinician, patient):
    page = reverse("care:patient", args=[patient.public_id])
    client = signed_in(clinician)
    client.get(page)
    without = client.get(page).content
    Night.objects.create(
        patient=patient,
        diary_date=timezone.localdate(),
        zone="Europe/London",
        minutes_to_fall_asleep=47,
        note="Only mine.",
    )
    Reflection.objects.create(patient=patient, on=timezone.localdate(), text="Mine too.")
    assert body(client.get(page).content) == body(without)


def body(page: bytes) -> list[str]:
    """The page without its tokens against forged requests, which differ each time."""
    return [line for line in page.decode().splitlines() if "csrfmiddlewaretoken" not in line]


@pytest.mark.parametrize("events", [1, 3])
def test_queries_of_the_patients_own_record_do_not_grow(
    signed_in, clinician, patient, django_assert_num_queries, events
):
    for _ in range(events):
        AssignmentFactory(patient=patient).withdraw(clinician)
    client = signed_in(patient)
    with django_assert_num_queries(4):
        client.get(reverse("accounts:access_record"))
