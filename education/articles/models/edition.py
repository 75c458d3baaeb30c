"""One written version of an article at one level, and its way to the patient."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .article import Article, Level
from .lifecycle import EditionStateError, State, Step, next_review, refuse_review_day

_CHANGED_MEANWHILE = _("Somebody else has changed this edition in the meantime.")


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
        """A new draft of a level: a copy of what patients read, else of the newest edition.

        The first one of a level is empty. Raises EditionStateError when the level already has
        an edition in work.
        """
        try:
            with transaction.atomic():
                editions = cls.objects.filter(article=article, level=level).order_by("-number")
                newest = editions.first()
                source = editions.published().first() or newest
                draft = cls.objects.create(
                    article=article,
                    level=level,
                    author=author,
                    number=newest.number + 1 if newest else 1,
                    grade_reason=source.grade_reason if source else "",
                )
                if source:
                    for part in (*source.sections.all(), *source.figures.all()):
                        part.pk, part._state.adding, part.edition = None, True, draft
                        part.save()
                    draft.measure()
                draft.note_step(Step.STARTED, author)
        except IntegrityError as error:
            raise EditionStateError(
                _("This level already has an edition in work."), code="in_work"
            ) from error
        return draft

    def submit(self, by: Any = None) -> None:
        """Hand the draft to the reviewers; its author does, unless `by` says otherwise.

        Raises EditionStateError unless it is a draft.
        """
        who = by or self.author
        self._move(State.DRAFT, State.REVIEW, Step.SUBMITTED, who, review_note="")

    def send_back(self, reason: str, by: Any) -> None:
        """Return the edition from review to its author, with the reason."""
        reason = reason.strip()
        if not reason:
            raise EditionStateError(_("Say what should be changed."), code="reason")
        self._move(State.REVIEW, State.DRAFT, Step.SENT_BACK, by, note=reason, review_note=reason)

    def publish(self, reviewer: Any, next_review_on: date | None = None) -> None:
        """Approve the edition and put it in the place of the published one.

        Raises EditionStateError, with all reasons, when a finding blocks it; also when it is not
        in review, when the reviewer wrote it or lacks the right, when the day of the next review
        makes no sense, or when somebody else published at the same moment.
        """
        from education.articles.findings import findings

        self.refuse_reviewer(reviewer)
        now = timezone.now()
        today = timezone.localdate(now, reviewer.zone)
        due = next_review_on or next_review(today)
        refuse_review_day(due, today)
        try:
            with transaction.atomic():
                # Whoever comes second waits here and then sees that it is done.
                current = self._locked()
                self._refuse_unless_in_review(current)
                blocking = [one.text for one in findings(current, reviewer) if one.blocks]
                if blocking:
                    raise EditionStateError([ValidationError(text, "finding") for text in blocking])
                former = (
                    type(self)
                    .objects.published()
                    .filter(article=self.article_id, level=self.level)
                    .first()
                )
                if former:
                    note = _("Edition %(number)d took its place.") % {"number": self.number}
                    former._move(State.PUBLISHED, State.RETIRED, Step.RETIRED, reviewer, note=note)
                self._move(
                    State.REVIEW,
                    State.PUBLISHED,
                    Step.PUBLISHED,
                    reviewer,
                    reviewed_by=reviewer,
                    reviewed_on=today,
                    next_review_on=due,
                    published_at=now,
                )
        except IntegrityError as error:
            raise EditionStateError(
                _("Somebody else has just published this level."), code="race"
            ) from error

    def confirm(self, reviewer: Any, next_review_on: date | None = None) -> None:
        """Say of a published edition that it is still right: its review starts anew.

        The text stays as it is. Raises EditionStateError as `publish` does.
        """
        self.refuse_reviewer(reviewer)
        today = timezone.localdate(timezone.now(), reviewer.zone)
        due = next_review_on or next_review(today)
        refuse_review_day(due, today)
        with transaction.atomic():
            current = self._locked()
            # Reviewers may live in different time zones: a review is never dated back.
            reviewed_on = max(today, current.reviewed_on or today)
            if due <= reviewed_on:
                raise EditionStateError(
                    _("The next review has to be after today."), code="next_review"
                )
            self._move(
                State.PUBLISHED,
                State.PUBLISHED,
                Step.CONFIRMED,
                reviewer,
                reviewed_by=reviewer,
                reviewed_on=reviewed_on,
                next_review_on=due,
            )

    def retire(self, by: Any) -> None:
        """Take a published edition away from patients, without another in its place."""
        if not (by.is_editor or by.is_reviewer):
            raise EditionStateError(
                _("Only an editor or a clinical reviewer can retire an edition."), code="right"
            )
        self._move(State.PUBLISHED, State.RETIRED, Step.RETIRED, by)

    def note_step(self, action: Step, by: Any, note: str = "") -> None:
        """Keep who did what; called within the transaction that does it."""
        self.steps.create(action=action, by=by, note=note)

    def refuse_reviewer(self, reviewer: Any) -> None:
        """Raise EditionStateError unless this person may approve this edition: four eyes."""
        if not reviewer.is_reviewer:
            raise EditionStateError(_("Only a clinical reviewer can publish."), code="right")
        if reviewer.pk == self.author_id:
            raise EditionStateError(
                _("You wrote this edition; somebody else has to review it."), code="four_eyes"
            )

    def _locked(self) -> Self:
        """The edition as it is now, held until the transaction ends."""
        rows = type(self).objects.select_for_update(of=("self",)).select_related("article")
        return rows.get(pk=self.pk)

    @staticmethod
    def _refuse_unless_in_review(current: "Edition") -> None:
        if current.state in (State.PUBLISHED, State.RETIRED) and current.reviewed_by:
            raise EditionStateError(
                _("%(who)s has already published this edition."),
                code="race",
                params={"who": current.reviewed_by},
            )
        if current.state != State.REVIEW:
            raise EditionStateError(_CHANGED_MEANWHILE, code="state")

    def _move(
        self, source: State, target: State, step: Step, by: Any, note: str = "", **fields: Any
    ) -> None:
        """Change state and keep the step; of two people clicking at once one wins."""
        with transaction.atomic():
            moved = (
                type(self)
                .objects.filter(pk=self.pk, state=source)
                .update(state=target, updated_at=timezone.now(), **fields)
            )
            if not moved:
                raise EditionStateError(_CHANGED_MEANWHILE, code="state")
            self.note_step(step, by, note)
        self.refresh_from_db()
