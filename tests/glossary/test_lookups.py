"""Which words are hard: counted by month, and nothing about who looked."""

import threading
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse

from education.glossary import views
from education.glossary.models import GlossaryVersion, Term, TermLookups, month_ago
from tests.factories import AliasFactory, TermFactory


def open_word(client, slug, **options):
    return client.post(reverse("glossary:lookup", args=[slug]), **options)


def counts():
    return dict(TermLookups.objects.values_list("term__slug", "count"))


@pytest.mark.django_db
def test_opening_an_explanation_counts(patient, signed_in):
    TermFactory(slug="cortisol")
    version, client = GlossaryVersion.current(), signed_in(patient)
    for _ in range(3):
        response = open_word(client, "cortisol")
        assert (response.status_code, response.content) == (204, b"")
    assert counts() == {"cortisol": 3}
    assert TermLookups.objects.get().month == month_ago(0)
    assert GlossaryVersion.current() == version
    # Nothing in the row, and no other row, leads to the patient.
    assert {field.name for field in TermLookups._meta.fields} == {"id", "term", "month", "count"}


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["unknown", "x" * 3000, "0"])
def test_an_unknown_word_gets_the_same_answer(patient, signed_in, slug):
    assert open_word(signed_in(patient), slug).status_code == 204
    assert counts() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["clinician", "editor", "reviewer", "administrator"])
def test_only_patients_are_counted(signed_in, who, request):
    TermFactory(slug="cortisol")
    response = open_word(signed_in(request.getfixturevalue(who)), "cortisol")
    assert response.status_code == 403 and counts() == {}


@pytest.mark.django_db
def test_a_request_without_the_token_or_with_get_counts_nothing(patient, signed_in):
    TermFactory(slug="cortisol")
    client = signed_in(patient, enforce_csrf_checks=True)
    assert open_word(client, "cortisol").status_code == 403
    assert client.get(reverse("glossary:lookup", args=["cortisol"])).status_code == 405
    assert open_word(Client(), "cortisol").status_code == 302
    assert counts() == {}


@pytest.mark.django_db
def test_a_session_counts_only_so_often_in_an_hour(patient, signed_in, monkeypatch):
    monkeypatch.setattr(views, "PER_SESSION_AND_HOUR", 5)
    TermFactory(slug="cortisol")
    client = signed_in(patient)
    assert {open_word(client, "cortisol").status_code for _ in range(8)} == {204}
    assert counts() == {"cortisol": 5}
    open_word(signed_in(patient), "cortisol")
    assert counts() == {"cortisol": 6}


@pytest.mark.django_db
def test_each_month_has_its_own_count():
    term = TermFactory(slug="cortisol")
    for when in (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)):
        with time_machine.travel(when, tick=False):
            TermLookups.objects.count_one("cortisol")
    months = [month.isoformat() for month in term.lookups.values_list("month", flat=True)]
    assert months == ["2027-01-01", "2026-12-01"]
    with time_machine.travel(datetime(2027, 2, 15, tzinfo=UTC)):
        assert month_ago(2).isoformat() == "2026-12-01"
        assert Term.objects.with_recent_lookups().get().recent_lookups == 2
    with time_machine.travel(datetime(2027, 3, 15, tzinfo=UTC)):
        assert Term.objects.with_recent_lookups().get().recent_lookups == 1


@pytest.mark.django_db(transaction=True)
def test_the_first_two_at_once_both_count():
    TermFactory(slug="cortisol")
    barrier = threading.Barrier(6)

    def look():
        barrier.wait(timeout=10)
        TermLookups.objects.count_one("cortisol")
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert counts() == {"cortisol": 6}


# --- For editors ----------------------------------------------------------------------------


def looked_up(term, **months):
    for ago, count in months.items():
        TermLookups.objects.create(term=term, month=month_ago(int(ago[1:])), count=count)


@pytest.mark.django_db
def test_editors_see_which_words_are_hard(editor, signed_in):
    easy, hard, former = TermFactory(name="a"), TermFactory(name="b"), TermFactory(name="c")
    looked_up(easy, m0=1)
    looked_up(hard, m0=2, m1=3, m2=4, m3=50)
    looked_up(former, m4=99)
    # The number of aliases must not multiply the counts.
    AliasFactory(term=hard)
    AliasFactory(term=hard)
    client, url = signed_in(editor), reverse("admin:glossary_term_changelist")

    def rows(**query):
        found = client.get(url, query).context["cl"].result_list
        return [(term.name, term.recent_lookups, term.other_texts) for term in found]

    assert rows() == [("a", 1, 0), ("b", 9, 2), ("c", 0, 0)]
    assert [name for name, *_ in rows(lookups="hard")] == ["b", "a"]
    assert [name for name, *_ in rows(lookups="never")] == ["c"]
    assert [name for name, *_ in rows(o="-5")] == ["b", "a", "c"]
    assert len(rows(lookups="\x00x")) == 3


@pytest.mark.django_db
def test_the_terms_page_shows_the_months(editor, signed_in):
    term = TermFactory()
    looked_up(term, m0=7, m2=12, m13=98765)
    url = reverse("admin:glossary_term_change", args=[term.pk])
    page = signed_in(editor).get(url).content.decode()
    assert "<td>7</td>" in page and "<td>12</td>" in page and "98765" not in page
    add = signed_in(editor).get(reverse("admin:glossary_term_add")).content.decode()
    assert "Look-ups" not in add
