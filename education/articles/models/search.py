"""What the search knows of a published edition."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .edition import Edition


class SearchText(models.Model):
    """The words of one published edition, each field apart, and its sections as plain text.

    Made from the edition and its article by `education.articles.search`, and made anew when it no
    longer fits them: nothing is lost with it. Either database indexes the first four fields.
    """

    edition = models.OneToOneField(
        Edition, on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    title = models.TextField()
    summary = models.TextField()
    headings = models.TextField()
    body = models.TextField()
    # [{"key", "heading", "text"}], to show what was found and to lead there.
    parts = models.JSONField(default=list)
    # From what it was made: it is out of date when one of these has changed.
    words_version = models.PositiveSmallIntegerField()
    article_updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")

    def __str__(self) -> str:
        return f"Search text {self.pk}"
