"""A large made-up clinic, here a small one."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.urls import reverse

from accounts.models import AccessEvent, CareRelationship, Invitation, User
from accounts.sealed import Unreadable
from education.articles.models import Edition
from education.care.models import Question, Visit
from education.journal.models import Night, Reflection
from education.reading.models import Assignment, Reading, SectionReached
from portal.seed_large import CLINICIAN, PATIENT, Sizes, SizesDoNotFit, is_seeded, seed_large
from tests.factories import PASSWORD

ON = date(2026, 5, 20)
SIZES = Sizes.of(patients=40, nights=300, assignments=160, clinicians=3, articles=12)


def seeded(seed=1, sizes=SIZES):
    return seed_large(sizes, seed=seed, on=ON, password=PASSWORD)


def substance():
    """What is in the clinic, without the numbers that a database gives."""
    return [
        list(User.objects.order_by("email").values_list("email", "name", "public_id", "time_zone")),
        list(CareRelationship.objects.order_by("pk").values_list(
            "clinician__email", "patient__email", "started_at", "ended_at", "page_opened_at")),
        list(Edition.objects.order_by("article__slug", "level", "sections__position").values_list(
            "article__slug", "level", "sections__body")),
        list(Assignment.objects.order_by("public_id").values_list(
            "public_id", "patient__email", "article__slug", "due_on", "finished_at")),
        list(SectionReached.objects.order_by("pk").values_list(
            "reading__patient__email", "section__key", "reached_at")),
        list(Night.objects.order_by("patient__email", "diary_date").values_list(
            "patient__email", "diary_date", "woke_at", "quality", "note", "words_shared_at")),
        list(Question.objects.order_by("public_id").values_list(
            "text", "asked_at", "for_visit_since", "settled_at")),
        list(Visit.objects.order_by("public_id").values_list(
            "patient__email", "on", "agreed", "ended_at")),
    ]  # fmt: skip


@pytest.mark.django_db
def test_it_is_as_large_as_asked_for_and_holds_together():
    made = seeded()
    connection.check_constraints()
    assert User.objects.patients().count() == 40
    assert made["Night"] == Night.objects.count() == 300
    assert made["Assignment"] == Assignment.objects.count() == 160
    assert is_seeded()
    # What the patient did is said alike by the assignment and by the reading.
    facts = ("opened_at", "finished_at", "understood_at")
    read = Assignment.objects.exclude(opened_at=None).order_by("patient", "article")
    assert list(read.values_list("patient", "article", *facts)) == list(
        Reading.objects.order_by("patient", "edition__article").values_list(
            "patient", "edition__article", *facts
        )
    )
    assert not read.filter(opened_at__lt=F("assigned_at")).exists()
    assert not Reading.objects.exclude(sections__section=F("last_section")).exists()
    # There is some of everything, and nothing happens after the day of the clinic.
    assert Assignment.objects.overdue(ON).exists()
    assert Assignment.objects.exclude(withdrawn_at=None).exists()
    assert Night.objects.filter(numbers_shared=True).exists() and Reflection.objects.exists()
    assert AccessEvent.objects.count() > 160
    assert not Night.objects.filter(diary_date__gte=ON).exists()
    assert not Reading.objects.filter(last_at__date__gt=ON).exists()
    for night in Night.objects.all()[:50]:
        night.full_clean()
        assert night.measures.asleep > 0
        assert night.woke.date() == night.diary_date


@pytest.mark.django_db
def test_words_are_sealed_and_what_is_private_stays_so():
    seeded(sizes=Sizes.of(400, 0, 1600, clinicians=4, articles=12))
    questions, visits = Question.objects.all(), Visit.objects.all()
    said = [*questions.values_list("text", flat=True), *visits.values_list("agreed", flat=True)]
    assert len(said) > 100 and not any(isinstance(one, Unreadable) for one in said)
    stored = {one for model, column in ((Question, "text"), (Visit, "agreed"))
              for one in model.objects.annotate(raw=Cast(column, TextField()))
              .values_list("raw", flat=True)}  # fmt: skip
    assert not stored & set(said) - {""}
    assert questions.for_visit().exists() and questions.private().exists()
    assert questions.settled().exists()
    # Nobody has answered what only the patient sees.
    assert not questions.filter(for_visit_since=None).exclude(settled_by=None).exists()
    assert visits.open().exists() and visits.ended().exclude(agreed="").exists()
    assert not visits.filter(ended_at__date__gt=ON).exists()
    assert not visits.open().filter(on__lt=ON).exists()


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_clinic():
    def made(seed):
        with transaction.atomic():
            seeded(seed, Sizes.of(20, 60, 40, clinicians=2, articles=4))
            found = substance()
            transaction.set_rollback(True)
        return found

    first = made(1)
    assert first == made(1)
    second = made(2)
    assert all(part != other for part, other in zip(first[:4], second[:4], strict=True))


@pytest.mark.django_db
def test_its_people_sign_in_and_see_their_own(client):
    seeded()
    # The database counts on after the rows that brought their own numbers.
    User.objects.create_user("next@example.org", PASSWORD, name="Next")
    for email, page in ((CLINICIAN, "care:caseload"), (PATIENT, "home")):
        assert client.login(email=email, password=PASSWORD)
        assert client.get(reverse(page), follow=True).status_code == 200
    clinician = User.objects.get(email=CLINICIAN)
    assert User.objects.patients_of(clinician).count() >= SIZES.largest_caseload
    assert not User.objects.filter(email__startswith="made-up", mails_reminders=True).exists()


@pytest.mark.django_db
def test_somebody_invited_has_not_come_yet():
    seeded(sizes=Sizes.of(400, 0, 0, clinicians=2, articles=1))
    invited = Invitation.objects.get_queryset()
    assert invited and not any(one.user.has_usable_password() for one in invited)
    assert {one.state for one in invited} <= {"pending", "expired"}


@pytest.mark.parametrize(
    "wanted",
    [(1, 0, 0), (10, -1, 0), (10, 0, 0, 1), (10, 10_000, 0), (10, 0, 1_000, 2, 5)],
)
def test_what_cannot_be_is_refused(wanted):
    with pytest.raises(SizesDoNotFit):
        Sizes.of(*wanted)


def command(**options):
    out = StringIO()
    sizes = {"patients": 10, "nights": 20, "assignments": 20, "articles": 4, **options}
    call_command("seed_large", stdout=out, **sizes)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_says_how_far_it_is_and_works_once(published):
    said = command(on=ON)
    assert "nights: 20" in said and "20 Assignment" in said and CLINICIAN in said
    with pytest.raises(CommandError, match="already"):
        command()


@pytest.mark.django_db
def test_a_real_host_is_asked_back_and_has_no_known_password(settings, published):
    settings.REAL_HOST = True
    with pytest.raises(CommandError, match="real host"):
        command()
    assert not is_seeded()
    assert CLINICIAN not in command(sure=True)
    assert not User.objects.get(email=CLINICIAN).has_usable_password()


@pytest.mark.django_db
def test_what_cannot_be_is_said_in_words(published):
    with pytest.raises(CommandError, match="two patients"):
        command(patients=0)


@pytest.mark.django_db
def test_constraints_are_the_databases():
    """Rows go around the models; what keeps them right is below."""
    seeded(sizes=Sizes.of(10, 10, 10, clinicians=2, articles=4))
    night = Night.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Night.objects.bulk_create([Night(patient=night.patient, diary_date=night.diary_date)])


@pytest.fixture
def published(db):
    """Something to read is there, so that the demo need not be loaded."""
    from tests.factories import PublishedEditionFactory

    return PublishedEditionFactory()
