"""How a patient likes to keep the journal."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Preferences(models.Model):
    """What new entries of one patient begin with: sharing, and the optional questions."""

    patient = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="journal_preferences"
    )
    shares_numbers = models.BooleanField(_("share the numbers of new nights"), default=False)
    shares_words = models.BooleanField(_("share the words of new nights"), default=False)
    shares_reflections = models.BooleanField(_("share new reflections"), default=False)
    asks_more = models.BooleanField(_("show the optional questions"), default=False)

    class Meta:
        verbose_name = _("preferences for the journal")
        verbose_name_plural = _("preferences for the journal")

    def __str__(self) -> str:
        return f"Preferences {self.pk}"

    @classmethod
    def of(cls, patient: Any) -> Self:
        """This patient's preferences, or unsaved ones with everything private."""
        return cls.objects.filter(patient=patient).first() or cls(patient=patient)
