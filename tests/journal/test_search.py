"""Finding one's own words: nobody else's, without a trace of them in addresses."""

from datetime import date, timedelta

import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from education.journal import search
from education.journal.models import Night, Reflection
from education.journal.search import Place, folded, marked, words_in

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 30)


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def look_for(client, words):
    return client.post("/journal/search/", {"words": words}, follow=True)


def found(response):
    return [(hit.kind, hit.date) for hit in response.context["found"].hits]


def note(patient, back, words, **more):
    day = TODAY - timedelta(days=back)
    return Night.objects.create(patient=patient, zone="UTC", diary_date=day, note=words, **more)


def reflect(patient, back, words, **more):
    day = TODAY - timedelta(days=back)
    return Reflection.objects.create(patient=patient, on=day, text=words, **more)


def test_notes_medicine_reflections_and_prompts_are_found(client, patient, other_patient):
    note(patient, 1, "A quiet night.")
    note(patient, 2, "", medicine="Mélatonine 2 mg")
    reflect(patient, 3, "I took a walk in the RAIN,\nand was <quiet>.")
    reflect(patient, 4, "Nothing", prompt_text="What is quiet for you?")
    reflect(other_patient, 1, "Somebody else was quiet in the rain")
    day = TODAY - timedelta(days=3)

    response = look_for(client, "  rain  Quiet ")
    assert found(response) == [("reflection", day)]
    html = response.content.decode()
    assert "<mark>RAIN</mark>" in html
    assert "&lt;<mark>quiet</mark>&gt;" in html
    assert "Found in 1 entry" in html
    assert [kind for kind, _day in found(look_for(client, "quiet"))] == [
        "night", "reflection", "reflection",
    ]  # fmt: skip
    assert "<mark>Mélaton</mark>ine 2 mg" in look_for(client, "melaton").content.decode()
    html = look_for(client, "thunder").content.decode()
    assert "Nothing found" in html
    assert "Somebody else" not in html
    assert "Nothing found" in look_for(client, "somebody").content.decode()


def test_words_that_are_looked_for_stand_in_no_address_and_in_no_row(client, patient):
    note(patient, 1, "Unmistakable words")
    response = client.post("/journal/search/", {"words": "unmistakable"})
    assert "unmistakable" not in response["Location"]
    assert found(client.get(response["Location"]))
    stored = [one.get_decoded()["journal_searches"] for one in Session.objects.all()]
    assert stored
    assert "unmistakable" not in str(stored).lower()
    # Only a few are kept, and only for as long as one is signed in.
    for _time in range(6):
        client.post("/journal/search/", {"words": "quiet"})
    html = client.get(response["Location"]).content.decode()
    assert "That search is not kept any more." in html


def test_many_hits_come_page_by_page_each_once(client, patient):
    for back in range(12):
        note(patient, back, "again")
    for _time in range(30):
        reflect(patient, 5, "again and again")
    response, seen = look_for(client, "again"), []
    sizes = []
    while True:
        hits = response.context["found"].hits
        sizes.append(len(hits))
        seen += [hit.url for hit in hits]
        older = response.context["found"].older
        if older is None:
            break
        url = f"/journal/search/?found={response.context['number']}&from={older}"
        assert url.replace("&", "&amp;") in response.content.decode()
        response = client.get(url)
    assert sizes == [20, 20, 2]
    assert len(set(seen)) == 42


def test_a_search_costs_the_same_queries_with_1_and_900_entries(client, patient):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    note(patient, 0, "again")
    url = client.post("/journal/search/", {"words": "never"})["Location"]
    few = queries()
    Night.objects.bulk_create(
        Night(patient=patient, zone="UTC", diary_date=TODAY - timedelta(days=back), note="again")
        for back in range(1, 600)
    )
    Reflection.objects.bulk_create(
        Reflection(patient=patient, on=TODAY, text="again") for _ in range(300)
    )
    assert queries() == few <= 6


def test_nothing_and_odd_things_to_look_for(client, patient):
    for words in ("", "   ", "\x00", "\u0301", "\u200b", "\n\t", None):
        response = client.post("/journal/search/", {} if words is None else {"words": words})
        assert response.status_code == 200
        assert "Type a word to look for." in response.content.decode()
    note(patient, 1, "Why?! 😴 I don't. <b>'\"&")
    for words, hits in (("a\x00b ?!", 0), ("😴", 1), ("‘don’t’", 1), ("<b>'\"& WHY?", 1)):
        assert len(found(look_for(client, words))) == hits
    for words in ("x" * 5000, "a " * 300):
        assert look_for(client, words).status_code == 200


def test_odd_addresses(client, patient):
    note(patient, 1, "again")
    for query in ("found=", "found=%00", "found=x&from=y", "found=" + "x" * 3000):
        response = client.get(f"/journal/search/?{query}")
        assert "That search is not kept any more." in response.content.decode()
    url = client.post("/journal/search/", {"words": "again"})["Location"]
    for place in (
        "",
        "x",
        "2026-02-31.0",
        "2026-03-29.-1",
        "2026-03-29.٣",
        "2026-03-29." + "9" * 99,
    ):
        assert len(found(client.get(f"{url}&from={place}"))) == 1
    assert "There is nothing earlier." in client.get(f"{url}&from=2001-01-01.0").content.decode()


def test_words_whose_key_is_missing_are_passed_over(client, patient, settings):
    note(patient, 2, "An old thought")
    settings.JOURNAL_KEYS = [Fernet.generate_key().decode()]
    reflect(patient, 1, "A new thought")
    response = look_for(client, "thought")
    assert len(found(response)) == 1
    html = response.content.decode()
    assert "Some words can’t be read at the moment" in html
    assert not found(look_for(client, "key is missing"))


def test_what_is_compared_has_no_case_accents_or_curly_quotes():
    assert folded("Ünïcödé İstanbul STRASSE Straße don’t Œuvre") == (
        "unicode istanbul strasse strasse don't oeuvre"
    )
    assert words_in("“Sleep,” (sleep) don’t ?!") == ["sleep", "don't", "?!"]
    assert len(words_in(" ".join(map(str, range(50))))) == search.MOST_WORDS


@given(st.text(max_size=300), st.text(min_size=1, max_size=4))
def test_marks_change_nothing_and_stand_where_the_word_is(text, word):
    words = words_in(word)
    parts = marked(text, words)
    assert "".join(part.text for part in parts) == text
    if any(one in folded(text) for one in words):
        assert any(part.is_hit for part in parts)
    for part in parts:
        if part.is_hit:
            assert any(one in folded(part.text) for one in words)


def test_a_long_text_is_shown_around_what_was_found():
    text = "before " * 300 + "the Owl " + "between " * 300 + "the owl again " + "after " * 300
    shown = "".join(part.text for part in marked(text, ["owl"]))
    assert len(shown) < 600
    assert shown.count("… ") == 2
    assert sum(part.is_hit for part in marked(text, ["owl"])) == 2
    assert "".join(part.text for part in marked(text, ["none"])).startswith("before before")


def test_a_place_reads_as_it_is_written():
    assert Place.parse(str(Place(TODAY, 12))) == Place(TODAY, 12)
