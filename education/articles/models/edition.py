"""One written version of an article at one level, and its way to the patient."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from education.glossary.models import Term

from .article import Article, Level

REVIEW_EVERY_DAYS = 365


class State(models.TextChoices):
    """Where an edition stands on its way: draft, in review, published, retired."""

    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class EditionStateError(ValidationError):
    """Something was asked of an edition that its state does not allow."""


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def visible_to(self, user) -> Self:
        """Everybody signed in sees published editions; who writes or reviews sees all."""
        if user.is_editor or user.is_reviewer:
            return self
        return self.published()


class Edition(models.Model):
    """One written version of one level of an article.

    It goes from draft through review to published and at last retired. Once out of draft its
    text never changes: a correction is a new edition.
    """

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="editions")
    level = models.CharField(_("level"), max_length=20, choices=Level)
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="editions_written",
        verbose_name=_("author"),
    )
    change_note = models.CharField(
        _("what has changed"), max_length=300, blank=True, help_text=_("For the readers.")
    )
    grade_reason = models.CharField(
        _("reason for an unusual reading grade"), max_length=300, blank=True
    )
    reading_minutes = models.PositiveSmallIntegerField(
        _("reading time in minutes"), null=True, editable=False
    )
    reading_grade = models.FloatField(_("reading grade"), null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="editions_reviewed",
        verbose_name=_("reviewed by"),
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True, editable=False)
    next_review_on = models.DateField(_("next review"), null=True, blank=True, editable=False)
    review_note = models.TextField(_("why it was sent back"), blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["article", "level", "-number"]
        permissions = [("review_edition", _("Can review and publish editions"))]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "level", "number"], name="articles_edition_number_once"
            ),
            models.UniqueConstraint(
                fields=["article", "level"],
                condition=Q(state=State.PUBLISHED),
                name="articles_edition_one_published",
            ),
            models.UniqueConstraint(
                fields=["article", "level"],
                condition=Q(state__in=[State.DRAFT, State.REVIEW]),
                name="articles_edition_one_in_work",
                violation_error_message=_("This level already has an edition in work."),
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("author")),
                name="articles_edition_reviewer_not_author",
                violation_error_message=_("The reviewer can’t be the author."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PUBLISHED, State.RETIRED])
                | Q(
                    reviewed_by__isnull=False,
                    reviewed_on__isnull=False,
                    published_at__isnull=False,
                ),
                name="articles_edition_published_is_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(number__range=(1, 9999)), name="articles_edition_number_range"
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="articles_edition_level_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="articles_edition_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_review_on"], name="articles_edition_work"),
        ]

    def __str__(self) -> str:
        return f"{self.article} · {self.get_level_display()} · {self.number}"

    def get_absolute_url(self) -> str:
        if self.state == State.PUBLISHED:
            return reverse("reading:reader", args=[self.article.slug, self.level])
        return reverse("reading:preview", args=[self.article.slug, self.level, self.number])

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    def refuse_change_unless_draft(self) -> None:
        """Raise EditionStateError where the text is fixed."""
        if self.state != State.DRAFT:
            raise EditionStateError(
                _("This edition is no longer a draft. Start a new edition to correct it."),
                code="not_draft",
            )

    def measure(self) -> None:
        """Compute reading time and grade from the text and keep them."""
        from education.articles import readability

        html = "".join(self.sections.values_list("body", flat=True))
        self.reading_minutes = readability.reading_minutes(html)
        self.reading_grade = readability.grade(html)
        self.save(update_fields=["reading_minutes", "reading_grade", "updated_at"])

    @classmethod
    def start(cls, article: Article, level: str, author: Any) -> Self:
        """A new draft of a level: a copy of the newest edition, or an empty one.

        Raises EditionStateError when the level already has an edition in work.
        """
        try:
            with transaction.atomic():
                newest = (
                    cls.objects.filter(article=article, level=level).order_by("-number").first()
                )
                draft = cls.objects.create(
                    article=article,
                    level=level,
                    author=author,
                    number=newest.number + 1 if newest else 1,
                    grade_reason=newest.grade_reason if newest else "",
                )
                if newest:
                    for part in (*newest.sections.all(), *newest.figures.all()):
                        part.pk, part._state.adding, part.edition = None, True, draft
                        part.save()
                    draft.measure()
        except IntegrityError as error:
            raise EditionStateError(
                _("This level already has an edition in work."), code="in_work"
            ) from error
        return draft

    def submit(self) -> None:
        """Hand the draft to the reviewers. Raises EditionStateError unless it is a draft."""
        self._move(State.DRAFT, State.REVIEW, review_note="")

    def send_back(self, reason: str) -> None:
        """Return the edition from review to its author, with the reason."""
        if not reason.strip():
            raise EditionStateError(_("Say what should be changed."), code="reason")
        self._move(State.REVIEW, State.DRAFT, review_note=reason.strip())

    def publish(self, reviewer: Any) -> None:
        """Approve the edition and put it in the place of the published one.

        Raises EditionStateError when it is not in review, when the reviewer wrote it or lacks
        the right, or when somebody else published at the same moment.
        """
        if not reviewer.is_reviewer:
            raise EditionStateError(_("Only a clinical reviewer can publish."), code="right")
        if reviewer.pk == self.author_id:
            raise EditionStateError(
                _("You wrote this edition; somebody else has to review it."), code="four_eyes"
            )
        now = timezone.now()
        today = timezone.localdate(now, reviewer.zone)
        try:
            with transaction.atomic():
                type(self).objects.published().filter(
                    article=self.article_id, level=self.level
                ).update(state=State.RETIRED, updated_at=now)
                self._move(
                    State.REVIEW,
                    State.PUBLISHED,
                    reviewed_by=reviewer,
                    reviewed_on=today,
                    next_review_on=today + timedelta(days=REVIEW_EVERY_DAYS),
                    published_at=now,
                )
        except IntegrityError as error:
            raise EditionStateError(
                _("Somebody else has just published this level."), code="race"
            ) from error

    def _move(self, source: State, target: State, **fields: Any) -> None:
        """Change state in one statement, so that of two people clicking one wins."""
        moved = (
            type(self)
            .objects.filter(pk=self.pk, state=source)
            .update(state=target, updated_at=timezone.now(), **fields)
        )
        if not moved:
            raise EditionStateError(
                _("Somebody else has changed this edition in the meantime."), code="state"
            )
        self.refresh_from_db()


class ReviewStep(models.Model):
    """One step of an edition on its way to the patient: who did what, when, and with which words.

    Written with the step itself and never changed: the reason of a send-back stays, whatever
    follows.
    """

    class Action(models.TextChoices):
        STARTED = "started", _("started")
        SUBMITTED = "submitted", _("submitted for review")
        SENT_BACK = "sent_back", _("sent back")
        PUBLISHED = "published", _("approved and published")
        CONFIRMED = "confirmed", _("reviewed again, still right")
        RETIRED = "retired", _("retired")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="steps")
    action = models.CharField(_("step"), max_length=20, choices=Action)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("review step")
        verbose_name_plural = _("review steps")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(action="sent_back") | ~Q(note=""),
                name="articles_reviewstep_sent_back_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.action}"


class RenderedEdition(models.Model):
    """The edition as the reader shows it: sanitised, numbered, with glossary marks.

    Made once per edition and glossary version and served from here.
    """

    edition = models.OneToOneField(
        Edition, on_delete=models.CASCADE, primary_key=True, related_name="rendered"
    )
    glossary_version = models.PositiveIntegerField()
    contents = models.JSONField(default=list)
    body_html = models.TextField()
    references_html = models.TextField(blank=True)
    terms_html = models.TextField(blank=True)
    problems = models.JSONField(default=list)
    # The terms marked in it: what the glossary's "appears in" is made of.
    terms = models.ManyToManyField(Term, related_name="rendered_editions")

    def __str__(self) -> str:
        return f"Rendered edition {self.pk}"
