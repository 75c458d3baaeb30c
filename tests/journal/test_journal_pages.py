"""The journal's front page, its line of entries, and reflections."""

import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from education.articles.models import Level
from education.journal.models import Night, Reflection
from tests.factories import EditionFactory, PromptFactory, PublishedEditionFactory

from .test_sharing import make_night

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 30)


@pytest.fixture(autouse=True)
def a_monday():
    with time_machine.travel(datetime(2026, 3, 30, 9), tick=False):
        yield


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def write(patient, nights: int, reflections: int = 0) -> None:
    Night.objects.bulk_create(
        Night(patient=patient, zone="UTC", diary_date=TODAY - timedelta(days=back), quality=3)
        for back in range(nights)
    )
    Reflection.objects.bulk_create(
        Reflection(patient=patient, on=TODAY - timedelta(days=back), text=f"thought {back}")
        for back in range(reflections)
    )


def test_an_empty_journal_says_what_to_do(client):
    html = client.get("/journal/").content.decode()
    assert "Begin with last night" in html
    assert "Log last night" in html
    assert "sleep-window" not in html


def test_last_night_is_logged_or_edited(client, patient):
    assert "Log last night" in client.get("/journal/").content.decode()
    write(patient, 1)
    html = client.get("/journal/").content.decode()
    assert "Edit last night" in html
    assert "Log last night" not in html


def test_chart_sentence_and_table_say_the_same(client, patient):
    make_night(patient, date(2026, 3, 28))
    make_night(patient, date(2026, 3, 27), minutes_awake=60)
    make_night(patient, date(2026, 3, 26), minutes_awake=None)
    make_night(patient, date(2026, 3, 25), into_bed_at=None, tried_to_sleep_at=None, woke_at=None,
               got_up_at=None)  # fmt: skip
    html = client.get("/journal/").content.decode()
    assert "Asleep 6 h 57 min on average (2 of 14 nights answered)." in html
    svg = html[html.index('<svg class="sleep-window"') :]
    svg = svg[: svg.index("</svg>")]
    assert 'role="img"' in svg
    assert svg.count("no entry") == 10
    assert svg.count("no times") == 1
    assert svg.count('class="asleep"') == 2
    assert svg.count('class="open"') == 1
    assert svg.count('class="midnight"') == 1
    assert "style=" not in svg
    table = html[html.index("<table") : html.index("</table>")]
    assert "<caption" in table
    assert table.count('scope="row"') == 15
    assert "7 h 12 min" in table
    assert "82%" in table
    for position in re.findall(r'(?:x|cx|x1|width)="([\d.-]+)%"', svg):
        assert 0 <= float(position) <= 100


def test_pages_of_the_line_hold_every_entry_once(client, patient):
    write(patient, 45, 30)
    seen, url = [], "/journal/"
    trail = []
    while url:
        response = client.get(url)
        page = response.context["page"]
        entries = sum(bool(one.night) + len(one.reflections) for one in page.dates)
        assert 0 < entries <= 20
        seen += [one.date for one in page.dates]
        trail.append([one.date for one in page.dates])
        url = f"/journal/?before={page.older_than}" if page.older_than else None
    assert seen == [TODAY - timedelta(days=back) for back in range(45)]
    assert len(trail) > 3
    back = client.get(f"/journal/?after={trail[-1][0]}").context["page"]
    assert back.dates[-1].date == trail[-1][0] + timedelta(days=1)
    while back.newer_than:
        back = client.get(f"/journal/?after={back.newer_than}").context["page"]
    assert [one.date for one in back.dates] == trail[0]


def test_a_day_full_of_reflections_is_a_page(client, patient):
    Reflection.objects.bulk_create(
        Reflection(patient=patient, on=TODAY, text="again") for _ in range(25)
    )
    write(patient, 3)
    page = client.get("/journal/").context["page"]
    assert [one.date for one in page.dates] == [TODAY]
    assert len(page.dates[0].reflections) == 25
    older = client.get(f"/journal/?before={page.older_than}").context["page"]
    assert len(older.dates) == 2
    assert client.get("/journal/?before=2001-01-01").status_code == 200


def test_the_front_page_costs_the_same_with_1_and_30_nights(client, patient):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/journal/")
        return len(captured)

    write(patient, 1, 1)
    few = queries()
    Night.objects.all().delete()
    Reflection.objects.all().delete()
    write(patient, 30, 30)
    edition = PublishedEditionFactory()
    Reflection.objects.update(edition=edition)
    assert queries() == few <= 8


# --- Reflections ------------------------------------------------------------------------------


def test_a_free_reflection(client, patient):
    assert client.get("/journal/reflections/new/").status_code == 200
    response = client.post("/journal/reflections/new/", {"text": "It was\r\nquiet."}, follow=True)
    reflection = Reflection.objects.get()
    assert reflection.patient == patient
    assert reflection.text == "It was\nquiet."
    assert reflection.on == TODAY
    assert not reflection.shared
    assert "It was" in response.content.decode()


def test_a_reflection_to_a_prompt_keeps_prompt_and_edition(client):
    edition = PublishedEditionFactory()
    prompt = PromptFactory(article=edition.article)
    url = f"/journal/reflections/new/?prompt={prompt.pk}&level={edition.level}"
    assert prompt.text in client.get(url).content.decode()
    assert client.post(url, {"text": "Less light.", "shared": "on"}).status_code == 302
    reflection = Reflection.objects.get()
    assert (reflection.prompt, reflection.prompt_text) == (prompt, prompt.text)
    assert reflection.edition == edition
    assert reflection.shared
    text = prompt.text
    prompt.delete()
    reflection.refresh_from_db()
    assert reflection.prompt is None
    assert text in client.get(reflection.get_absolute_url()).content.decode()
    assert edition.article.title in client.get("/journal/").content.decode()


def test_a_prompt_at_a_level_that_is_not_published_is_kept_without_edition(client):
    edition = PublishedEditionFactory()
    prompt = PromptFactory(article=edition.article)
    url = f"/journal/reflections/new/?prompt={prompt.pk}&level={Level.ACADEMIC}"
    client.post(url, {"text": "Less light."})
    assert Reflection.objects.get().edition is None


@pytest.mark.parametrize(
    "query",
    ["prompt=", "prompt=x", "prompt=-1", "prompt=0", "prompt=" + "9" * 40, "prompt=%00",
     "prompt=%D9%A3", "prompt=1.5"],
)  # fmt: skip
def test_prompts_that_are_none(client, query):
    assert client.get(f"/journal/reflections/new/?{query}").status_code == 404


def test_a_prompt_of_a_draft_or_a_level_that_is_none(client):
    draft = PromptFactory(article=EditionFactory().article)
    assert client.get(f"/journal/reflections/new/?prompt={draft.pk}").status_code == 404
    prompt = PromptFactory(article=PublishedEditionFactory().article)
    url = f"/journal/reflections/new/?prompt={prompt.pk}"
    assert client.get(url).status_code == 200
    for level in ("", "expert", "%00", "fundamentals%20"):
        assert client.get(f"{url}&level={level}").status_code == 404


def test_words_written_to_a_prompt_that_is_gone_are_kept(client):
    prompt = PromptFactory(article=PublishedEditionFactory().article)
    url = f"/journal/reflections/new/?prompt={prompt.pk}"
    prompt.delete()
    assert client.post(url, {"text": "Kept."}).status_code == 302
    assert Reflection.objects.get().text == "Kept."


def test_a_long_reflection_is_kept_and_refused_in_words(client):
    text = "long " * 4001
    response = client.post("/journal/reflections/new/", {"text": text})
    html = response.content.decode()
    assert "20,004 characters; 20,000 fit here" in html
    assert text.strip() in html
    assert client.post("/journal/reflections/new/", {"text": "é\r\n" * 9_000}).status_code == 302


@pytest.mark.parametrize("text", ["", "   \n", "a\x00b"])
def test_a_reflection_needs_words(client, text):
    response = client.post("/journal/reflections/new/", {"text": text})
    assert response.status_code == 200
    assert response.context["form"].errors["text"]
    assert not Reflection.objects.exists()


def test_a_reflection_is_changed_and_deleted(client, patient):
    reflection = Reflection.objects.create(patient=patient, on=TODAY, text="First", shared=True)
    url = reflection.get_absolute_url()
    assert "First" in client.get(url).content.decode()
    assert client.post(url, {"text": "Second"}).status_code == 302
    reflection.refresh_from_db()
    assert reflection.text == "Second"
    assert reflection.shared
    assert "Delete this reflection?" in client.get(f"{url}delete/").content.decode()
    assert client.post(f"{url}delete/").status_code == 302
    assert not Reflection.objects.exists()


def test_what_is_written_is_shown_as_text(client, patient):
    Reflection.objects.create(patient=patient, on=TODAY, text="<script>alert(1)</script>")
    assert "<script>alert" not in client.get("/journal/").content.decode()
