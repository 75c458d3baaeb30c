"""The sources that articles rest on."""

from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Reference(models.Model):
    """One publication. Texts cite it by its key: [@leproult-2011]."""

    key = models.SlugField(
        _("key"),
        max_length=60,
        unique=True,
        help_text=_("Cited in the text as [@key], for example [@leproult-2011]."),
    )
    authors = models.CharField(_("authors"), max_length=400, blank=True)
    title = models.CharField(_("title"), max_length=400)
    container = models.CharField(_("journal or book"), max_length=200, blank=True)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    volume = models.CharField(_("volume"), max_length=20, blank=True)
    issue = models.CharField(_("issue"), max_length=20, blank=True)
    pages = models.CharField(_("pages"), max_length=40, blank=True)
    doi = models.CharField(
        "DOI",
        max_length=120,
        blank=True,
        validators=[
            RegexValidator(r"^10\.\d{4,9}/\S+$", _("A DOI looks like 10.1001/jama.2011.710."))
        ],
    )
    pmid = models.CharField(
        "PMID",
        max_length=10,
        blank=True,
        validators=[RegexValidator(r"^[1-9]\d{0,8}$", _("A PMID is a number."))],
    )
    url = models.URLField(_("address"), max_length=300, blank=True)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checked by"),
    )
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["updated_at"])
    # Why it was changed, for its history.
    _change_reason: str

    class Meta:
        verbose_name = _("reference")
        verbose_name_plural = _("references")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__isnull=True) | Q(year__range=(1500, 2200)),
                name="articles_reference_year",
                violation_error_message=_("The year is not a year of publication."),
            ),
            models.UniqueConstraint(
                fields=["doi"], condition=~Q(doi=""), name="articles_reference_doi_once"
            ),
            models.UniqueConstraint(
                fields=["pmid"], condition=~Q(pmid=""), name="articles_reference_pmid_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        super().clean()
        if not self.pmid.isascii():
            # For Python’s patterns the digits of other scripts are digits as well.
            raise ValidationError({"pmid": _("A PMID is a number.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it, and let the pages that show it be made anew."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._forget_pages()

    def _forget_pages(self) -> None:
        from .review import RenderedEdition

        cite = {"edition__sections__body__contains": f"@{self.key}"}
        pages = RenderedEdition.objects.filter(**cite).values_list("pk", flat=True)
        RenderedEdition.objects.filter(pk__in=set(pages)).delete()

    # --- As it is shown everywhere ------------------------------------------------------------

    @property
    def imprint(self) -> str:
        """Journal, year, volume, issue and pages in one style: JAMA 2011;305(21):2173-2174."""
        where = self.volume + (f"({self.issue})" if self.issue else "")
        when = f"{self.year or ''}" + (f";{where}" if where else "")
        full = f"{self.container} {when}".strip()
        return full + (f":{self.pages}" if self.pages else "")

    @property
    def citation(self) -> str:
        """The whole reference as one line of text: Leproult R. Title. JAMA 2011;305(21):2173."""
        parts = (self.authors, self.title, self.imprint)
        return " ".join(f"{part.rstrip('. ')}." for part in parts if part.strip())

    @property
    def doi_url(self) -> str:
        """Where the DOI leads; it may hold any sign: 10.1016/S0140-6736(99)01376-8."""
        return "https://doi.org/" + quote(self.doi, safe="/():;._-") if self.doi else ""

    @property
    def links(self) -> list[tuple[str, str]]:
        """What leads to the publication, each with its address: DOI, PMID, else its own page."""
        found = [(f"doi:{self.doi}", self.doi_url)] if self.doi else []
        if self.pmid:
            found.append((f"PMID {self.pmid}", f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"))
        if self.url and not found:
            found.append((urlsplit(self.url).netloc.removeprefix("www.") or self.url, self.url))
        return found
