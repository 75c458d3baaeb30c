"""A term's figure, and editors who save at the same time."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from education.articles.pages import page_of
from education.glossary.models import Term
from tests.factories import PublishedEditionFactory, TermFactory

from .test_admin import change, data_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(editor, signed_in):
    return signed_in(editor)


def picture(size=(640, 400), kind="PNG", name="figure.png"):
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


def errors(response):
    return response.context["adminform"].form.errors


@pytest.mark.once
def test_a_figure_is_drawn_anew_and_shown_with_its_size(client, patient, signed_in):
    term = TermFactory(name="leptin", slug="leptin")
    data = data_of(term, figure=picture((1920, 1200)), figure_alt="A falling line.")
    assert client.post(change(term), data).status_code == 302
    term.refresh_from_db()
    assert (term.figure_width, term.figure_height) == (960, 600)
    with default_storage.open(term.figure.name) as file, Image.open(file) as image:
        assert image.size == (960, 600)
    assert client.get(term.figure.url)["Content-Type"] == "image/png"
    edition = PublishedEditionFactory(body="<p>leptin</p>")
    card = page_of(edition).terms_html
    for text in (term.figure.url, 'alt="A falling line."', 'width="960"', 'loading="lazy"'):
        assert text in card


def test_saving_again_keeps_it_and_clearing_takes_it_away(client):
    term = TermFactory()
    client.post(change(term), data_of(term, figure=picture(), figure_alt="A line."))
    term.refresh_from_db()
    name = term.figure.name
    client.post(change(term), data_of(term, figure_alt="A falling line."))
    term.refresh_from_db()
    assert (term.figure.name, term.figure_width, term.figure_alt) == (name, 640, "A falling line.")
    client.post(change(term), data_of(term, **{"figure-clear": "on"}))
    term.refresh_from_db()
    assert (term.figure.name, term.figure_width) == ("", None)


@pytest.mark.once
@pytest.mark.parametrize("alt", ["", "   "])
def test_a_figure_needs_words(client, alt):
    term = TermFactory()
    response = client.post(change(term), data_of(term, figure=picture(), figure_alt=alt))
    assert "can’t see it" in str(errors(response)["figure_alt"])
    assert not Term.objects.exclude(figure="").exists()


# Whether a file is a picture is asked before any database is.
@pytest.mark.once
@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        SimpleUploadedFile("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        SimpleUploadedFile("a.png", b"nonsense"),
        SimpleUploadedFile("a.exe", b"MZ"),
        SimpleUploadedFile("x" * 300 + ".png", b"nonsense"),
    ],
)
def test_what_is_no_picture(client, upload):
    term = TermFactory()
    response = client.post(change(term), data_of(term, figure=upload, figure_alt="A line."))
    assert response.status_code == 200 and errors(response)["figure"]


def test_a_stored_figure_that_is_gone_is_said(client):
    term = TermFactory(figure="gone.png", figure_width=1, figure_height=1, figure_alt="A line.")
    response = client.post(change(term), data_of(term, figure_alt="A line."))
    assert "is gone" in str(errors(response)["figure"])


# --- Two editors, and former states ---------------------------------------------------------


def test_nobody_overwrites_what_somebody_else_saved(client):
    term = TermFactory(plain_definition="First.")
    mine, theirs = (
        data_of(term, plain_definition="Mine."),
        data_of(term, plain_definition="Theirs."),
    )
    assert client.post(change(term), theirs).status_code == 302
    response = client.post(change(term), mine)
    assert response.status_code == 200
    page = response.content.decode()
    assert "Theirs." in page and "Mine." in page and "What somebody else saved" in page
    term.refresh_from_db()
    assert term.plain_definition == "Theirs."
    # Once more is a decision.
    mine["version"] = response.context["adminform"].form["version"].value()
    assert client.post(change(term), mine).status_code == 302
    term.refresh_from_db()
    assert term.plain_definition == "Mine."


def test_former_states_are_kept_and_come_back(client, editor):
    term = TermFactory(plain_definition="First.")
    client.post(
        change(term), data_of(term, figure=picture(), figure_alt="A line.", plain_definition="2")
    )
    term.refresh_from_db()
    client.post(change(term), data_of(term, plain_definition="3", **{"figure-clear": "on"}))
    term.refresh_from_db()
    assert term.history.count() == 3
    assert term.history.first().history_user == editor
    history = reverse("admin:glossary_term_history", args=[term.pk])
    assert client.get(history).status_code == 200
    middle = term.history.all()[1]
    state = reverse("admin:glossary_term_simple_history", args=[term.pk, middle.pk])
    response = client.get(state)
    assert response.status_code == 200
    data = data_of(middle.instance) | {
        "version": term.updated_at.isoformat(),
        "figure_alt": "A line.",
    }
    assert client.post(state, data).status_code == 302
    term.refresh_from_db()
    assert (term.plain_definition, term.figure_width) == ("2", 640)


@pytest.mark.parametrize("version", ["x", "0", "9" * 30, "²"])
def test_a_state_that_never_was(client, version):
    term = TermFactory()
    assert client.get(change(term).replace("change/", f"history/{version}/")).status_code == 404
    assert client.get(f"/admin/glossary/term/{version}/history/").status_code in (302, 404)


def test_a_former_name_that_is_taken_by_now(client):
    term = TermFactory(name="leptin")
    first = term.history.first()
    term.name = "other"
    term.save()
    TermFactory(name="leptin", slug="leptin-2")
    state = reverse("admin:glossary_term_simple_history", args=[term.pk, first.pk])
    data = data_of(term, name="leptin")
    assert client.post(state, data).status_code in (200, 400)
    term.refresh_from_db()
    assert term.name == "other"


def test_an_alias_knows_that_its_term_is_renamed():
    from education.glossary.models import Alias

    term = TermFactory(name="oestradiol")
    term.name = "estradiol"
    Alias(term=term, text="oestradiol").full_clean(exclude=["folded"], validate_unique=False)


def test_an_alias_can_not_hold_the_separator(client):
    term = TermFactory()
    response = client.post(change(term), data_of(term, "a|b"))
    assert response.status_code == 200
