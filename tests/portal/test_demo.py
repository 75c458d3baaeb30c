"""The demo and the portal's own content: whole, repeatable, and within what was promised."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from django.urls import reverse

from accounts.models import AccessEvent, CareRelationship, Role, User
from education.articles.models import Edition, Level, Reference, Section
from education.articles.pages import page_of
from education.articles.readability import LEVEL_RANGES
from education.glossary.models import Alias, GlossaryVersion, Term
from education.journal.models import Night, Reflection
from education.reading.models import Assignment, Reading
from portal import demo

# In one process: the demo is loaded once for all of these.
pytestmark = pytest.mark.xdist_group("demo")

EVERYTHING = [
    AccessEvent, Alias, Assignment, CareRelationship, Edition, Night, Reading, Reference,
    Reflection, Section, Term, User,
]  # fmt: skip


@pytest.fixture(scope="module")
def loaded_once(django_db_setup, django_db_blocker):
    """Loading takes seconds: once for this module, and each test undoes its own changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.load_demo(settings.BASE_DIR / "fixtures")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def loaded(loaded_once, db):
    """The demo, as it is after `make run`."""


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in EVERYTHING}


def test_everybody_is_there_and_signs_in(loaded, client):
    emails = [email for email, _name, _role in demo.LOGINS]
    assert User.objects.filter(email__in=emails).count() == 7
    assert User.objects.patients().count() >= 14
    client.post(
        reverse("account_login"), {"login": "patient@example.org", "password": demo.PASSWORD}
    )
    assert client.get("/today/").status_code == 200


def test_loading_it_again_changes_nothing(loaded):
    before, version = counts(), GlossaryVersion.current()
    demo.load_demo(settings.BASE_DIR / "fixtures")
    assert counts() == before
    assert GlossaryVersion.current() == version


def test_loading_it_again_keeps_what_people_did(loaded):
    paula = User.objects.get(email="patient@example.org")
    paula.nights.all().delete()
    for assignment in Assignment.objects.filter(patient=paula):
        assignment.withdraw(paula.care_received.get().clinician)
    demo.load_demo(settings.BASE_DIR / "fixtures")
    assert not paula.nights.exists()
    assert not Assignment.objects.open().filter(patient=paula).exists()


def test_the_second_clinicians_patient_is_not_the_firsts(loaded):
    clara = User.objects.get(email="clinician@example.org")
    peter = User.objects.get(email="patient2@example.org")
    assert peter not in User.objects.patients_of(clara)


def test_patients_look_lived_in(loaded):
    assert Night.objects.filter(patient__email="patient@example.org").count() >= 45
    assert Night.objects.values("patient").annotate(n=Count("pk")).count() >= 14
    assert Reading.objects.filter(finished_at__isnull=False).exists()
    assert Reflection.objects.filter(shared=True).exists()


def test_the_article_has_all_that_was_asked_of_it(loaded):
    editions = Edition.objects.published().filter(article__slug="sleep-and-hormone-treatment")
    assert {edition.level for edition in editions} == set(Level)
    for edition in editions:
        page = page_of(edition)
        assert page.problems == []
        low, high = LEVEL_RANGES[edition.level]
        assert low <= edition.reading_grade <= high
        assert edition.reviewed_by != edition.author
        sections = list(edition.sections.all())
        assert any(section.heading for section in sections)
        assert any(not section.heading for section in sections)
        for part in ("pull-quote", "<figure", 'class="cite"', 'class="term"'):
            assert part in page.body_html, (edition.level, part)
        assert all(figure.alt for figure in edition.figures.all())
        assert "<li" in page.references_html
    assert [("<table" in page_of(one).body_html) for one in editions.order_by("level")] == [
        True,  # academic
        False,  # fundamentals
        True,  # intermediate
    ]


def test_the_glossary_is_whole(loaded):
    assert Term.objects.complete().count() == 81


def test_roles_of_the_demo_match_their_homes(loaded, signed_in):
    for email, _name, role in demo.LOGINS:
        home = signed_in(User.objects.get(email=email)).get("/")["Location"]
        assert (
            home
            == {
                Role.PATIENT: "/today/",
                Role.CLINICIAN: "/caseload/",
                Role.EDITOR: "/admin/",
                Role.ADMINISTRATOR: "/admin/",
            }[role]
        )


def test_once_does_nothing_the_second_time(loaded, capsys):
    User.objects.filter(email="ada@example.org").update(name="Somebody Else")
    Term.objects.all().delete()
    call_command("load_demo", once=True)
    assert not Term.objects.exists()
    assert demo.PASSWORD in capsys.readouterr().out


def test_every_article_is_there_at_three_levels(loaded):
    for slug in (settings.BASE_DIR / "fixtures" / "articles").iterdir():
        editions = Edition.objects.published().filter(article__slug=slug.name)
        grades = [editions.get(level=level).reading_grade for level in Level]
        assert grades == sorted(grades), slug.name
        for edition in editions:
            page = page_of(edition)
            assert edition.figures.exists() and "<figure" in page.body_html, edition
            assert 'class="cite"' in page.body_html and "<li" in page.references_html, edition
        assert editions[0].article.prompts.count() >= 3
