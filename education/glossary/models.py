"""The words that articles explain in place."""

import unicodedata
from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import IntegrityError, models, transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .signals import tell_after_commit

LABEL_LENGTH = 160


def folded(text: str) -> str:
    """A label as it is compared: normalised (NFKC), without case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def validate_label(text: str) -> None:
    """Raise ValidationError for a text whose compared form does not fit its column, or that the
    glossary's file could not hold."""
    if len(folded(text)) > LABEL_LENGTH:
        raise ValidationError(_("This text is too long."), code="max_length")
    if "|" in text:
        raise ValidationError(
            _("A text can’t hold “|”: in the glossary’s file it stands between texts."),
            code="separator",
        )


class GlossaryVersion(models.Model):
    """One row that counts the glossary's changes; rendered articles remember the count."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(singleton=True), name="glossary_version_only_one")
        ]

    def __str__(self) -> str:
        return f"Glossary version {self.number}"

    @classmethod
    def current(cls) -> int:
        """The present count; 0 before the first term."""
        return cls.objects.values_list("number", flat=True).first() or 0

    @classmethod
    def bump(cls) -> None:
        """Note that the glossary has changed, so that articles are rendered anew."""
        cls.objects.get_or_create(singleton=True)
        cls.objects.update(number=F("number") + 1)
        tell_after_commit()


class TermQuerySet(models.QuerySet["Term"]):
    def complete(self) -> Self:
        """Terms with at least one definition; only these are marked in articles."""
        return self.exclude(plain_definition="", technical_definition="")

    def with_recent_lookups(self) -> Self:
        """Annotated with `recent_lookups`: how often it was looked up in the last 3 months."""
        counts = TermLookups.objects.filter(term=OuterRef("pk"), month__gte=month_ago(2))
        total = counts.order_by().values("term").annotate(total=Sum("count")).values("total")
        return self.annotate(recent_lookups=Coalesce(Subquery(total), 0))


class Term(models.Model):
    """A word that a patient may not know, explained plainly and technically."""

    name = models.CharField(_("name"), max_length=120, unique=True, validators=[validate_label])
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    plain_definition = models.TextField(
        _("plain definition"), blank=True, help_text=_("Shown at the level fundamentals.")
    )
    technical_definition = models.TextField(
        _("technical definition"), blank=True, help_text=_("Shown at the level academic.")
    )
    source = models.TextField(
        _("source"), blank=True, help_text=_("For editors; patients do not see it.")
    )
    see_also = models.ManyToManyField(
        "self", blank=True, symmetrical=False, verbose_name=_("see also")
    )
    figure = models.FileField(
        _("figure"),
        upload_to="",
        max_length=200,
        blank=True,
        validators=[FileExtensionValidator(["png", "jpg", "jpeg", "webp"])],
        help_text=_("A picture that explains the term. PNG, JPEG or WebP."),
    )
    figure_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    figure_height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    figure_alt = models.CharField(
        _("alternative text of the figure"),
        max_length=500,
        blank=True,
        help_text=_("What one should see, in one or two sentences, for whoever cannot see it."),
    )
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["updated_at", "figure_width", "figure_height"])
    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(figure="")
                | Q(figure_width__gt=0, figure_height__gt=0) & ~Q(figure_alt=""),
                name="glossary_term_figure_is_described",
                violation_error_message=_("A figure needs an alternative text."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.name = " ".join(self.name.split())
        clash = Alias.objects.filter(folded=folded(self.name)).exclude(term_id=self.pk or 0)
        if self.name and clash.exists():
            raise ValidationError(
                {"name": _("“%(name)s” is already a term or an alias.") % {"name": self.name}}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the term together with its name as the preferred label.

        Name and aliases share one unique column, so no text can lead to two terms.
        Raises IntegrityError where the name is another term's label.
        """
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.aliases.filter(folded=folded(self.name), preferred=False).delete()
            Alias.objects.update_or_create(
                term=self,
                preferred=True,
                defaults={"text": self.name, "folded": folded(self.name)},
            )
            GlossaryVersion.bump()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            GlossaryVersion.bump()
        return deleted

    def get_absolute_url(self) -> str:
        return reverse("glossary:term", args=[self.slug])


def month_ago(months: int) -> date:
    """The first day of this month, or of the month that many months ago."""
    today = timezone.now().date()
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, 1)


class TermLookupsManager(models.Manager["TermLookups"]):
    def count_one(self, slug: str) -> None:
        """Count one look-up of a term in this month; nothing where there is no such term.

        Two at once both count. Who looked is not passed on to here.
        """
        pk = Term.objects.filter(slug=slug).values_list("pk", flat=True).first()
        if pk is None:
            return
        row = self.filter(term_id=pk, month=month_ago(0))
        if row.update(count=F("count") + 1):
            return
        try:
            with transaction.atomic():
                self.create(term_id=pk, month=month_ago(0), count=1)
        except IntegrityError:
            # Somebody else’s was the first of the month, or the term has just gone.
            row.update(count=F("count") + 1)


class TermLookups(models.Model):
    """How often patients opened the explanation of a term in one month, without who did.

    Editors see from it which words are hard.
    """

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="lookups")
    month = models.DateField(_("month"), help_text=_("Its first day."))
    count = models.PositiveIntegerField(_("look-ups"), default=0)

    objects = TermLookupsManager()

    class Meta:
        verbose_name = _("look-ups of a term")
        verbose_name_plural = _("look-ups of terms")
        ordering = ["-month", "-count"]
        constraints = [
            models.UniqueConstraint(
                fields=["term", "month"], name="glossary_termlookups_once_a_month"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="glossary_termlookups_first_of_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term_id} {self.month:%Y-%m}"


class Alias(models.Model):
    """A text that stands for a term: another spelling, a plural, an abbreviation, or its name."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="aliases")
    text = models.CharField(_("text"), max_length=120, validators=[validate_label])
    folded = models.CharField(max_length=LABEL_LENGTH, unique=True, editable=False)
    match_case = models.BooleanField(
        _("match case"),
        default=False,
        help_text=_("For abbreviations: SOL is a term, sol is not."),
    )
    preferred = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering = ["text"]
        constraints = [
            models.UniqueConstraint(
                fields=["term"], condition=Q(preferred=True), name="glossary_one_preferred_label"
            )
        ]

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        super().clean()
        self.text = " ".join(self.text.split())
        self.folded = folded(self.text)
        taken = Alias.objects.filter(folded=self.folded).exclude(pk=self.pk)
        if self.term_id and folded(self.term.name) != self.folded:
            # The term is being renamed in the same save, and its former name becomes an alias.
            taken = taken.exclude(term_id=self.term_id, preferred=True)
        if taken.exists():
            raise ValidationError(
                {"text": _("“%(text)s” is already a term or an alias.") % {"text": self.text}}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded = folded(self.text)
        with transaction.atomic():
            super().save(*args, **kwargs)
            GlossaryVersion.bump()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            GlossaryVersion.bump()
        return deleted
