"""The record of access as the patient reads it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.models.access import Seen
from accounts.opened import EVENTS_PER_PAGE, told
from tests.factories import ClinicianFactory, PatientFactory

Action, What = AccessEvent.Action, AccessEvent.What
RECORD = reverse("accounts:access_record")
# 12:05 in the patient's zone, which is London's.
NOON = "2026-11-24 12:05:00+00:00"


def did(patient, actor, *seen, action=Action.OPENED, minutes_ago=0):
    at = timezone.now() - timedelta(minutes=minutes_ago)
    for one in seen or [Seen(What.PATIENT_PAGE)]:
        AccessEvent.objects.record(
            patient=patient, actor=actor, action=action, what=one.what, thing=one.thing, at=at
        )


def read(client, **query) -> str:
    return " ".join(client.get(RECORD, query).content.decode().split())


@time_machine.travel(NOON, tick=False)
def test_it_is_told_by_day_in_plain_words(signed_in, patient):
    clara, adam = ClinicianFactory(name="Dr Clara"), ClinicianFactory(name="Adam")
    did(patient, clara, Seen(What.NIGHTS, "2026-11-10/2026-11-23"), minutes_ago=3000)
    did(patient, clara, Seen(What.NIGHTS, "2026-11-03/2026-11-03"), minutes_ago=2000)
    did(patient, clara, Seen(What.ASSIGNMENT, "a"), Seen(What.ASSIGNMENT, "b"),
        action=Action.ASSIGNED, minutes_ago=300)  # fmt: skip
    did(patient, adam, Seen(What.PERSON), action=Action.CHANGED, minutes_ago=200)
    reflections = [Seen(What.REFLECTION, "one"), Seen(What.REFLECTION, "two")]
    for minutes_ago in (50, 30, 15):
        did(patient, clara, *reflections, minutes_ago=minutes_ago)
        did(patient, adam, Seen(What.CARE_TEAM), minutes_ago=minutes_ago)
    page = read(signed_in(patient))
    for words in (
        "Tuesday 24 November 2026", "Monday 23 November 2026", "Sunday 22 November 2026",
        "opened what you share of the nights from Tue 10 Nov to Mon 23 Nov",
        "opened what you share of the night to Tue 3 Nov",
        "gave you 2 articles to read", "changed your name, address or settings",
        "opened the page of your care team",
    ):  # fmt: skip
        assert page.count(words) == 1, words
    line = '<strong>Dr Clara</strong> <a href="/journal/">opened 2 reflections that you share</a>'
    assert page.count(line) == 1
    # Their own pages: what is nobody's but the clinic's has none.
    assert page.count('<a href="/journal/nights/">opened what you share') == 2
    assert "</strong> opened the page of your care team</span>" in page
    assert page.count("3 times between 11:15 a.m. and 11:50 a.m.") == 2
    other = PatientFactory()
    assert "Dr Clara" not in read(signed_in(other))


@time_machine.travel(NOON, tick=False)
def test_an_hour_ends_and_so_does_a_day(patient):
    clara = ClinicianFactory()
    for minutes_ago in (12 * 60 + 10, 12 * 60, 130, 91, 89, 30):
        did(patient, clara, minutes_ago=minutes_ago)
    with timezone.override("Europe/London"):
        days, _older = told(AccessEvent.objects.visible_to(patient), None)
    assert [[len(entry.times) for entry in day.entries] for day in days] == [[2, 2, 1], [1]]


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("events", [1, 100])
def test_queries_do_not_grow(signed_in, patient, django_assert_num_queries, events):
    for number in range(events):
        did(patient, ClinicianFactory(), minutes_ago=number * 7)
    client = signed_in(patient)
    with django_assert_num_queries(5):
        client.get(RECORD)


@time_machine.travel(NOON, tick=False)
def test_pages_are_cut_in_a_pause_and_lose_nothing(signed_in, patient):
    clara = ClinicianFactory()
    # Three visits of 50 events each, hours apart, and one hour with more than a page.
    for visit in range(3):
        did(patient, clara, *[Seen(What.QUESTION, f"{visit} {n}") for n in range(50)],
            minutes_ago=3000 - 300 * visit)  # fmt: skip
    did(patient, clara, *[Seen(What.REFLECTION, str(n)) for n in range(EVENTS_PER_PAGE + 30)])
    events, before, seen, pages = AccessEvent.objects.visible_to(patient), None, [], []
    while not pages or before:
        days, before = told(events, before)
        entries = [entry for day in days for entry in day.entries]
        pages.append(len(entries))
        seen += [thing for entry in entries for thing in entry.things]
    assert len(seen) == len(set(seen)) == 150 + EVENTS_PER_PAGE + 30
    # The long hour is on two pages, each visit on one.
    assert pages == [1, 2, 2]
    client = signed_in(patient)
    first = client.get(RECORD).content.decode()
    older = first.partition('href="?before=')[2].partition('"')[0]
    assert "3 questions" not in first and "Newer" in read(client, before=older)
    for wrong in ("0", "-1", "x", "\x00", "9" * 9, "9" * 400, "²", "1.5"):
        assert client.get(RECORD, {"before": wrong}).status_code == 200, wrong
