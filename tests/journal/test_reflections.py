"""Writing reflections: free, to a prompt, begun and resumed, changed and deleted."""

from datetime import date, datetime

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.db.models import F

from education.articles.models import Level
from education.articles.models.edition import State
from education.journal.models import Draft, Preferences, Reflection
from education.journal.prompts import PROMPTS
from education.journal.shortened import in_two
from tests.factories import EditionFactory, PromptFactory, PublishedEditionFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 30)


@pytest.fixture(autouse=True)
def a_monday():
    with time_machine.travel(datetime(2026, 3, 30, 9), tick=False):
        yield


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


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


def test_questions_of_our_own(client):
    html = client.get("/journal/reflections/new/").content.decode()
    for key in PROMPTS:
        assert f"/journal/reflections/new/?ask={key}" in html
    url = "/journal/reflections/new/?ask=evening"
    assert str(PROMPTS["evening"]) in client.get(url).content.decode()
    for _click in range(2):
        assert client.post(url, {"text": "A bath.", "draft": "\x00"}).status_code == 302
    reflection = Reflection.objects.get()
    assert reflection.prompt_text == PROMPTS["evening"]
    assert reflection.prompt is None


def test_a_question_that_is_none(client):
    for ask in ("", "nothing", "%00", "evening%20", "x" * 3000, "<script>"):
        url = f"/journal/reflections/new/?ask={ask}"
        assert client.get(url).status_code == 404
        assert client.post(url, {"text": "Kept."}).status_code == 302
    assert Reflection.objects.get().prompt_text == ""


def test_what_is_begun_comes_back_and_goes_when_it_is_saved_or_deleted(client, patient):
    new, name = "/journal/reflections/new/?ask=wish", "reflection:ask:wish"
    keep = {"draft": name, "text": "Half a thought"}
    assert client.post("/journal/drafts/", keep).status_code == 200
    html = client.get(new).content.decode()
    assert "Half a thought" in html
    assert "What you typed here before is back." in html
    assert "Half a thought" not in client.get("/journal/reflections/new/").content.decode()
    # What can't be saved is kept without JavaScript, too.
    client.post(new, {"text": "long " * 4001})
    assert Draft.objects.get().answers["text"].startswith("long")
    client.post(new, {"text": "A whole thought"})
    assert not Draft.objects.exists()

    reflection = Reflection.objects.get()
    url = reflection.get_absolute_url()
    keep = {"draft": f"reflection:{reflection.public_id}", "text": "A whole thought and more"}
    client.post("/journal/drafts/", keep)
    assert "A whole thought and more" in client.get(url).content.decode()
    response = client.post(f"{url}delete/", follow=True)
    assert "Your reflection is deleted." in response.content.decode()
    assert not Draft.objects.exists()
    assert not Reflection.objects.exists()


def test_new_reflections_begin_with_the_standing_preference(client, patient):
    shared = "checked" in _box(client.get("/journal/reflections/new/"))
    assert not shared
    Preferences.objects.create(patient=patient, shares_reflections=True)
    assert "checked" in _box(client.get("/journal/reflections/new/"))
    client.post("/journal/reflections/new/", {"text": "This one not."})
    assert not Reflection.objects.get().shared


def _box(response) -> str:
    html = response.content.decode()
    start = html.index('<input type="checkbox" name="shared"')
    return html[start : html.index(">", start)]


def test_where_it_came_from_is_a_link_while_it_can_be_read(client, patient):
    edition = PublishedEditionFactory()
    reflection = Reflection.objects.create(patient=patient, on=TODAY, text="A", edition=edition)
    link = f'href="/read/{edition.article.slug}/{edition.level}/"'
    pages = ["/journal/", reflection.get_absolute_url()]
    for url in pages:
        assert link in client.get(url).content.decode()
    type(edition).objects.filter(pk=edition.pk).update(state=State.RETIRED)
    for url in pages:
        html = client.get(url).content.decode()
        assert link not in html
        assert edition.article.title in html


def test_words_whose_key_is_missing_are_kept(client, patient, settings):
    reflection = Reflection.objects.create(patient=patient, on=TODAY, text="Only mine", shared=True)
    url, keys = reflection.get_absolute_url(), settings.JOURNAL_KEYS
    settings.JOURNAL_KEYS = [Fernet.generate_key().decode()]
    html = client.get(url).content.decode()
    assert "These words can’t be read at the moment" in html
    assert "<textarea" not in html
    assert client.post(url, {"text": "Over it"}).status_code == 200
    assert "can’t be read at the moment" in client.get("/journal/").content.decode()
    Reflection.objects.filter(pk=reflection.pk).update(on=F("on"))
    settings.JOURNAL_KEYS = keys
    reflection.refresh_from_db()
    assert reflection.text == "Only mine"


def test_long_words_are_shortened_and_there_to_read_in_full(client, patient):
    words = " ".join(f"word{n}" for n in range(400))
    Reflection.objects.create(patient=patient, on=TODAY, text=words)
    html = client.get("/journal/").content.decode()
    assert html.count("Read all") == 1
    assert html.count("word0 ") == html.count("word399") == 1
    for text in (words, "a" * 3000, "Line.\n" * 300, "One. Two! " * 200, "short"):
        first, rest = in_two(text)
        assert len(first) < 800
        assert "".join(f"{first}{rest}".split()) == "".join(text.split())
