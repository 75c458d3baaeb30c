"""What happens to an edition, and what is kept of it for the readers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from education.glossary.models import Term

from .edition import Edition
from .lifecycle import Step


class ReviewStep(models.Model):
    """One step of an edition on its way to the patient: who did what, when, and with which words.

    Written with the step itself and never changed: the reason of a send-back stays, whatever
    follows.
    """

    Action = Step

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
