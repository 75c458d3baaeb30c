"""People and things for tests: Paula and Peter, Clara and Colin, and what they read."""

import factory
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from accounts.models import CareRelationship, Role, User
from education.articles.models import (
    Article,
    Edition,
    Figure,
    Level,
    Prompt,
    Reference,
    Section,
    Topic,
)
from education.glossary.models import Alias, Term
from education.reading.models import Assignment, Reading

PASSWORD = "a-lamp-beside-the-bed"  # noqa: S105


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.PATIENT
    time_zone = "Europe/London"
    consent_is_due = False
    password = factory.django.Password(PASSWORD)

    @classmethod
    def _create(cls, model_class, **fields):
        """A new patient, or a clinician who does not review, is in no group and shall be in
        none: saved without looking, which is most people and took half of what they cost."""
        user = model_class(**fields)
        if user.role in (Role.PATIENT, Role.CLINICIAN) and not user.may_review:
            AbstractBaseUser.save(user, force_insert=True)
        else:
            user.save()
        return user


class PatientFactory(UserFactory):
    email = factory.Sequence(lambda n: f"patient{n}@example.org")
    name = factory.Sequence(lambda n: f"Patient {n}")


class ClinicianFactory(UserFactory):
    email = factory.Sequence(lambda n: f"clinician{n}@example.org")
    name = factory.Sequence(lambda n: f"Clinician {n}")
    role = Role.CLINICIAN


class ReviewerFactory(ClinicianFactory):
    email = factory.Sequence(lambda n: f"reviewer{n}@example.org")
    may_review = True


class EditorFactory(UserFactory):
    email = factory.Sequence(lambda n: f"editor{n}@example.org")
    role = Role.EDITOR


class AdministratorFactory(UserFactory):
    email = factory.Sequence(lambda n: f"admin{n}@example.org")
    role = Role.ADMINISTRATOR


class CareRelationshipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CareRelationship

    clinician = factory.SubFactory(ClinicianFactory)
    patient = factory.SubFactory(PatientFactory)


class TermFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Term

    name = factory.Sequence(lambda n: f"term {n}")
    slug = factory.Sequence(lambda n: f"term-{n}")
    plain_definition = "What it means."
    technical_definition = "What it means, exactly."


class AliasFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Alias

    term = factory.SubFactory(TermFactory)
    text = factory.Sequence(lambda n: f"alias {n}")


class TopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Topic

    slug = factory.Sequence(lambda n: f"topic-{n}")
    name = factory.Sequence(lambda n: f"Topic {n}")


class ArticleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Article

    slug = factory.Sequence(lambda n: f"article-{n}")
    title = factory.Sequence(lambda n: f"Article {n}")
    summary = "What it is about."


class PromptFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Prompt

    article = factory.SubFactory(ArticleFactory)
    text = "What helped you to sleep last week?"


class ReferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Reference

    key = factory.Sequence(lambda n: f"reference-{n}")
    authors = "Author A, Writer B"
    title = factory.Sequence(lambda n: f"A study of nights {n}")
    container = "J Nights"
    year = 2020


class EditionFactory(factory.django.DjangoModelFactory):
    """A draft with one section; PublishedEditionFactory makes one that patients can read."""

    class Meta:
        model = Edition
        skip_postgeneration_save = True

    article = factory.SubFactory(ArticleFactory)
    level = Level.FUNDAMENTALS
    number = 1
    author = factory.SubFactory(EditorFactory)

    @factory.post_generation
    def body(self, create, extracted, **kwargs):
        """Texts of the sections: a string for one, or pairs of heading and body."""
        parts = extracted if extracted is not None else "<p>Sleep is part of your care.</p>"
        if isinstance(parts, str):
            parts = [("", parts)]
        for position, (heading, html) in enumerate(parts):
            Section.objects.create(
                edition=self,
                position=position,
                key=f"part-{position}",
                heading=heading,
                body=html,
            )


class PublishedEditionFactory(EditionFactory):
    """An edition that patients can read; reviewer= says who approved it."""

    @factory.post_generation
    def reviewer(self, create, extracted, **kwargs):
        self.measure()
        self.submit(self.author)
        self.publish(extracted or ReviewerFactory())


class FigureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Figure

    edition = factory.SubFactory(EditionFactory)
    key = factory.Sequence(lambda n: f"figure-{n}")
    image = "figure.svg"
    width = 360
    height = 240
    alt = "A curve that rises toward morning."


class AssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Assignment

    patient = factory.SubFactory(PatientFactory)
    article = factory.LazyAttribute(lambda _o: PublishedEditionFactory().article)
    level = Level.FUNDAMENTALS
    assigned_by = factory.SubFactory(ClinicianFactory)


class ReadingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Reading

    patient = factory.SubFactory(PatientFactory)
    edition = factory.SubFactory(PublishedEditionFactory)
    opened_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, patient, edition, **facts):
        """Facts are noted as the reader notes them, so that an open assignment has them too."""
        for fact, at in facts.items():
            if at is not None:
                getattr(Reading.objects, f"note_{fact.removesuffix('_at')}")(patient, edition, at)
        return Reading.objects.get_or_create(patient=patient, edition=edition)[0]
