"""The glossary in the admin: one page per term, and no text that leads to two."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from education.glossary.models import GlossaryVersion, Term
from tests.factories import AliasFactory, TermFactory

pytestmark = pytest.mark.django_db


def data_of(term, *new, **changes):
    """What the browser would post: the term and its aliases as they are, new texts, changes."""
    aliases = list(term.aliases.filter(preferred=False)) if term.pk else []
    data = {
        "name": term.name,
        "slug": term.slug,
        "plain_definition": term.plain_definition,
        "technical_definition": term.technical_definition,
        "source": "",
        "version": term.updated_at.isoformat() if term.pk else "",
        "aliases-TOTAL_FORMS": len(aliases) + len(new),
        "aliases-INITIAL_FORMS": len(aliases),
        "_continue": "Save",
    }
    for number, alias in enumerate(aliases):
        data |= {
            f"aliases-{number}-id": alias.pk,
            f"aliases-{number}-term": term.pk,
            f"aliases-{number}-text": alias.text,
        }
    for number, text in enumerate(new, start=len(aliases)):
        data |= {f"aliases-{number}-text": text, f"aliases-{number}-term": term.pk or ""}
    return data | changes


def change(term):
    return reverse("admin:glossary_term_change", args=[term.pk])


def alias_texts(term):
    return sorted(term.aliases.filter(preferred=False).values_list("text", flat=True))


def alias_errors(response):
    formset = response.context["inline_admin_formsets"][0].formset
    return [str(form.errors.get("text", "")) for form in formset.forms]


@pytest.fixture
def client(editor, signed_in):
    return signed_in(editor)


def test_a_term_comes_with_its_aliases(client):
    term = Term(name="Sleep onset latency", slug="sleep-onset-latency", plain_definition="How long")
    response = client.post(
        reverse("admin:glossary_term_add"), data_of(term, "SOL", " time  to fall asleep ")
    )
    assert response.status_code == 302
    saved = Term.objects.get()
    assert alias_texts(saved) == ["SOL", "time to fall asleep"]
    assert saved.aliases.get(preferred=True).text == "Sleep onset latency"
    # The name itself is not offered as an alias.
    page = client.get(change(saved)).content.decode()
    assert 'name="aliases-1-text" value="time to fall asleep"' in page
    assert 'name="aliases-2-text" value' not in page


@pytest.mark.parametrize(
    ("texts", "errors"),
    [
        (["Melatonin"], ["already leads to the term “melatonin”"]),
        (["mlt"], ["already leads to the term “melatonin”"]),
        (["new", "NEW"], ["", "is here twice"]),
        (["Cortisol"], ["is this term’s own name"]),
    ],
)
def test_a_clash_is_said_beside_the_text(texts, errors, client):
    other = TermFactory(name="melatonin")
    AliasFactory(term=other, text="MLT")
    term = TermFactory(name="cortisol")
    response = client.post(change(term), data_of(term, *texts))
    assert response.status_code == 200
    for wanted, got in zip(errors, alias_errors(response), strict=True):
        assert wanted in got and bool(wanted) == bool(got)
    assert alias_texts(term) == []


def test_a_name_that_is_somebody_elses_alias_is_refused(client):
    AliasFactory(term=TermFactory(name="melatonin"), text="MLT")
    term = TermFactory(name="cortisol")
    response = client.post(change(term), data_of(term, name="mlt"))
    assert "already a term or an alias" in str(response.context["adminform"].form.errors["name"])


def test_a_former_name_may_stay_as_an_alias(client):
    term = TermFactory(name="oestradiol")
    data = data_of(term, "oestradiol", name="estradiol")
    assert client.post(change(term), data).status_code == 302
    term.refresh_from_db()
    assert term.name == "estradiol"
    assert alias_texts(term) == ["oestradiol"]


def test_a_text_may_go_and_come_back_in_one_save(client):
    term = TermFactory()
    AliasFactory(term=term, text="SOL")
    response = client.post(change(term), data_of(term, "sol", **{"aliases-0-DELETE": "on"}))
    assert response.status_code == 302
    assert alias_texts(term) == ["sol"]


def test_changes_are_told_to_the_articles(client):
    term = TermFactory()
    before = GlossaryVersion.current()
    client.post(
        reverse("admin:glossary_term_changelist"),
        {"action": "delete_selected", "_selected_action": [term.pk], "post": "yes"},
    )
    assert not Term.objects.exists()
    assert GlossaryVersion.current() > before


def test_search_finds_by_alias_and_each_term_once(client):
    term = TermFactory(name="sleep onset latency")
    AliasFactory(term=term, text="SOL")
    AliasFactory(term=term, text="solo")
    TermFactory(name="cortisol")
    response = client.get(reverse("admin:glossary_term_changelist"), {"q": "sol"})
    assert [row.name for row in response.context["cl"].result_list] == [
        "cortisol",
        "sleep onset latency",
    ]
    assert response.context["cl"].result_list[1].other_texts == 2


@pytest.mark.parametrize("kind", ["both", "no-plain", "no-technical", "none", "\x00nonsense"])
def test_the_list_shows_what_is_missing(kind, client):
    TermFactory(technical_definition="")
    response = client.get(reverse("admin:glossary_term_changelist"), {"definition": kind})
    assert response.status_code == 200


def test_the_list_costs_the_same_for_one_term_and_for_three(client):
    url = reverse("admin:glossary_term_changelist")
    AliasFactory()
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    AliasFactory()
    AliasFactory()
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    assert len(three) == len(one) <= 12


@pytest.mark.parametrize(
    "changes",
    [
        {"aliases-0-text": "a\x00b"},
        {"aliases-0-text": "ﷺ" * 120},
        {"aliases-0-id": "99999999999999999999999", "aliases-INITIAL_FORMS": 1},
        {"see_also": ["99999999999999999999999"]},
        {"name": ""},
    ],
)
def test_nonsense_in_the_form_is_never_an_error_page(changes, client):
    term = TermFactory()
    assert client.post(change(term), data_of(term, "x", **changes)).status_code in (200, 400)


@pytest.mark.parametrize("who", ["patient", "clinician", "administrator"])
def test_others_do_not_get_in(who, signed_in, request):
    response = signed_in(request.getfixturevalue(who)).get(change(TermFactory()))
    assert response.status_code in (302, 403)
    assert response.status_code == 403 or "/change/" not in response.url.partition("?")[0]


def test_a_reviewer_reads_and_does_not_write(reviewer, signed_in):
    term = TermFactory(name="cortisol")
    client = signed_in(reviewer)
    assert client.get(change(term)).status_code == 200
    assert client.post(change(term), data_of(term, name="x")).status_code == 403
