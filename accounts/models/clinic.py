"""The clinic's own words and color."""

import re
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.color import DARK_PAPER, LIGHT_PAPER, contrast, lightened_for, softened

from .user import validate_time_zone

DEFAULT_ACCENT = "#2b5a7a"
HARD_MOMENT_WORDS = (
    "If things feel too heavy, or you think of harming yourself, you don’t have to wait for your "
    "visit. Talk to somebody now."
)


def validate_accent(value: str) -> None:
    """Raise ValidationError unless white text on this color can be read (WCAG 2.2, 4.5 : 1)."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValidationError(_("Write the color as # and six hexadecimal digits: #2b5a7a."))
    ratio = min(contrast(value, "#ffffff"), contrast(value, LIGHT_PAPER))
    if ratio < 4.5:
        raise ValidationError(
            _(
                "This color is too light to be read: its contrast with the page is "
                "%(ratio).1f : 1 and must be 4.5 : 1 or more. Choose a darker one."
            ),
            params={"ratio": ratio},
            code="contrast",
        )


class ClinicProfile(models.Model):
    """What the pages say of the clinic: one row, edited by the administrator."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80, default="Lakeside Clinic")
    mail_name = models.CharField(
        _("name in e-mails"),
        max_length=80,
        blank=True,
        help_text=_(
            "If the clinic’s own name says what it treats, e-mails should call it something else: "
            "“Your clinic”. Left empty, they use the name."
        ),
    )
    telephone = models.CharField(
        _("telephone"),
        max_length=40,
        blank=True,
        help_text=_("The number that patients call with questions about their care."),
    )
    emergency_words = models.TextField(
        _("emergency words"),
        max_length=400,
        default="In an emergency call your local emergency number.",
        help_text=_("What a patient should do when it is urgent. Shown on every page."),
    )
    hard_moment_words = models.TextField(
        _("words for a hard moment"),
        max_length=400,
        default=HARD_MOMENT_WORDS,
        db_default=HARD_MOMENT_WORDS,
        help_text=_(
            "Shown quietly beside everything a patient writes in the journal: what helps when "
            "somebody is in distress. Nobody reads along."
        ),
    )
    hard_moment_telephone = models.CharField(
        _("telephone for a hard moment"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "A line that is answered day and night. Left empty, the emergency words stand there."
        ),
    )
    accent = models.CharField(
        _("accent color"),
        max_length=7,
        default=DEFAULT_ACCENT,
        validators=[validate_accent],
        help_text=_("Links and buttons. A dark-mode shade is derived from it."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(_("language"), max_length=10, default="en-us")

    class Meta:
        verbose_name = _("clinic profile")
        verbose_name_plural = _("clinic profile")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=True), name="accounts_clinic_only_one")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.accent = self.accent.lower()
        self.name = " ".join(self.name.split())
        self.mail_name = " ".join(self.mail_name.split())
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> Self:
        """The clinic's profile, or an unsaved one with the defaults."""
        return cls.objects.first() or cls()

    @property
    def name_in_mails(self) -> str:
        """What e-mails call the clinic: a mail must not say what somebody is treated for."""
        return self.mail_name or self.name

    @property
    def has_own_accent(self) -> bool:
        return self.accent.lower() != DEFAULT_ACCENT

    @property
    def accent_shades(self) -> dict[str, str]:
        """Accent and its soft background for light and for dark pages."""
        dark = lightened_for(self.accent, DARK_PAPER, at_least=7.0)
        return {
            "light": self.accent,
            "light_soft": softened(self.accent, LIGHT_PAPER),
            "dark": dark,
            "dark_soft": softened(dark, DARK_PAPER),
        }
