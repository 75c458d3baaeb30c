"""What an article is about, whatever its level and edition."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Level(models.TextChoices):
    """How deep a text goes; members stand in reading order, the first is the plainest."""

    FUNDAMENTALS = "fundamentals", _("Fundamentals")
    INTERMEDIATE = "intermediate", _("Intermediate")
    ACADEMIC = "academic", _("Academic")

    @property
    def rank(self) -> int:
        """0 for the plainest level, growing with depth."""
        return list(type(self)).index(self)

    def nearest(self, available: "list[Level]") -> "Level":
        """Of the levels that exist, the closest to this one; the plainer of two as close."""
        return min(available, key=lambda level: (abs(level.rank - self.rank), level.rank))


class Topic(models.Model):
    """A shelf of the library."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self) -> Self:
        """Articles with at least one published edition."""
        from .edition import Edition

        return self.filter(Exists(Edition.objects.published().filter(article=OuterRef("pk"))))

    def visible_to(self, user) -> Self:
        """Everybody signed in sees what is published; who writes or reviews sees all."""
        if user.is_editor or user.is_reviewer:
            return self
        return self.published()


class Article(models.Model):
    """Something worth knowing, written at up to three levels."""

    slug = models.SlugField(
        _("slug"),
        max_length=100,
        unique=True,
        help_text=_("Part of the address. It stays the same once patients have the link."),
    )
    title = models.CharField(_("title"), max_length=160)
    summary = models.TextField(
        _("summary"),
        max_length=500,
        blank=True,
        help_text=_("One or two sentences for the library. Needed before publishing."),
    )
    topics = models.ManyToManyField(
        Topic, blank=True, related_name="articles", verbose_name=_("topics")
    )
    audience = models.CharField(
        _("audience"),
        max_length=200,
        blank=True,
        help_text=_("For whom it is written, for example: adults on hormone treatment."),
    )
    codes = models.JSONField(
        _("codes"),
        default=dict,
        blank=True,
        help_text=_('Terminology codes by system, for example {"SNOMED CT": "106168000"}.'),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["created_at", "updated_at"])
    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(slug=""), name="articles_article_has_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reading:article", args=[self.slug])


class Prompt(models.Model):
    """A question to reflect on, asked at the end of an article."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="prompts")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    text = models.CharField(_("text"), max_length=300)

    class Meta:
        verbose_name = _("reflection prompt")
        verbose_name_plural = _("reflection prompts")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text
