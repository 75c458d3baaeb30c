"""One night of the sleep diary."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.db.models.query import ModelIterable
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.user import validate_time_zone
from accounts.sealed import SealedTextField
from education.journal import sleep

from .in_order import MinutesBetween

MOST_MINUTES = 1440
MOST_AWAKENINGS = 99
MOST_NAPS = 20
MOST_DRINKS = 99
LONGEST_NOTE = 5000
LONGEST_MEDICINE = 500

# What "numbers" and "words" mean when a patient shares one and not the other.
NUMBERS = (
    "into_bed_at",
    "tried_to_sleep_at",
    "minutes_to_fall_asleep",
    "awakenings",
    "minutes_awake",
    "woke_at",
    "got_up_at",
    "quality",
    "refreshed",
    "free_day",
    "alarm_used",
    "naps",
    "nap_minutes",
    "alcoholic_drinks",
    "caffeinated_drinks",
)
WORDS = ("note", "medicine")
NO_NUMBERS = Q(*((f"{name}__isnull", True) for name in NUMBERS))
NO_WORDS = Q(note="", medicine="")
# What is shared and was never written is nothing: it must not tell of the other half of a night.
SHARED_NUMBERS = Q(numbers_shared=True) & ~NO_NUMBERS
SHARED_WORDS = Q(words_shared=True) & ~NO_WORDS
# When something private was last written is private too.
_NEVER_SHARED = ("created_at", "updated_at", "numbers_shared_at", "words_shared_at")
_OPEN_TO_THE_CLINICIAN = {
    "id", "pk", "patient", "patient_id", "diary_date", "numbers_shared", "words_shared",
}  # fmt: skip


class Quality(models.IntegerChoices):
    """How the patient would rate their sleep, in words."""

    VERY_POOR = 1, _("Very poor")
    POOR = 2, _("Poor")
    FAIR = 3, _("Fair")
    GOOD = 4, _("Good")
    VERY_GOOD = 5, _("Very good")


class Refreshed(models.IntegerChoices):
    """How rested the patient felt on waking for good, in words."""

    NOT_AT_ALL = 1, _("Not at all")
    SLIGHTLY = 2, _("Slightly")
    SOMEWHAT = 3, _("Somewhat")
    WELL = 4, _("Well")
    VERY_WELL = 5, _("Very well")


class _SharedPartsIterable(ModelIterable):
    """Rows from which everything that is not shared has been taken."""

    def __iter__(self) -> Iterator["Night"]:
        for night in super().__iter__():
            night.keep_shared_parts()
            yield night


class NightQuerySet(models.QuerySet["Night"]):
    def visible_to(self, user: Any) -> Self:
        """A patient's own nights; for their clinicians what is shared; nothing for others."""
        if getattr(user, "is_patient", False) and user.is_active:
            return self.filter(patient=user)
        return self.shared_with(user)

    def shared_with(self, clinician: Any) -> Self:
        """Nights of the clinician's patients with something shared, and only the shared parts."""
        if not getattr(clinician, "is_clinician", False):
            return self.none()
        return self.shared_parts().filter(
            patient__in=User.objects.patients_of(clinician).values("pk")
        )

    def shared_parts(self) -> Self:
        """Nights of which something is shared, as the care team sees them.

        The other half of a night is blank in every row, whoever asks for it later. A half that
        is shared but not written shows nothing, not even that there is a night.
        """
        shared = self.filter(Q(numbers_shared=True) | Q(words_shared=True))
        shared = shared.filter(SHARED_NUMBERS | SHARED_WORDS)
        shared._iterable_class = _SharedPartsIterable
        return shared

    def values(self, *fields: Any, **expressions: Any) -> Self:
        self._refuse_raw(fields)
        return super().values(*fields, **expressions)

    def values_list(self, *fields: Any, **options: Any) -> Self:
        self._refuse_raw(fields)
        return super().values_list(*fields, **options)

    def newly_shared(self, since: Any) -> Self:
        """Nights of which something was shared after this moment (a value or an expression)."""
        # Every date is in that range. With it, and the condition of the index of shared dates, a
        # database looks there, and not at all nights: what is private costs no time to skip.
        shared = self.filter(Q(numbers_shared=True) | Q(words_shared=True), diary_date__gt=date.min)
        return shared.filter(
            Q(SHARED_NUMBERS, numbers_shared_at__gt=since)
            | Q(SHARED_WORDS, words_shared_at__gt=since)
        )

    def set_shared(self, part: str, shared: bool) -> int:
        """Share the "numbers" or the "words" of these nights from now on, or stop."""
        since = timezone.now() if shared else None
        return self.update(**{f"{part}_shared": shared, f"{part}_shared_at": since})

    def _refuse_raw(self, fields: tuple[Any, ...]) -> None:
        """Raw values would go around the blanking of rows."""
        if self._iterable_class is _SharedPartsIterable and (
            not fields or set(fields) - _OPEN_TO_THE_CLINICIAN
        ):
            raise TypeError("Take rows, not values, of nights shared with a clinician.")


def _in_order(first: str, second: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{first}__isnull": True})
        | Q(**{f"{second}__isnull": True})
        | Q(**{f"{first}__lte": F(second)}),
        name=f"journal_night_{first[:-3]}_then_{second[:-3]}",
        violation_error_message=_("These times are out of order."),
    )


def _at_most(field: str, most: int) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True})
        | Q(**{f"{field}__gte": 0, f"{field}__lte": most}),
        name=f"journal_night_{field}_bounds",
    )


class Night(models.Model):
    """One night of a patient's sleep diary: the core of the Consensus Sleep Diary.

    An unanswered question is None, never 0. Times are stored in UTC and shown in the zone in
    which they were written down.
    """

    Quality = Quality
    Refreshed = Refreshed

    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="nights"
    )
    diary_date = models.DateField(
        _("morning of"), help_text=_("The local date of waking for good.")
    )
    zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    into_bed_at = models.DateTimeField(_("got into bed"), null=True, blank=True)
    tried_to_sleep_at = models.DateTimeField(_("began trying to sleep"), null=True, blank=True)
    minutes_to_fall_asleep = models.PositiveSmallIntegerField(
        _("minutes to fall asleep"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_MINUTES)],
    )
    awakenings = models.PositiveSmallIntegerField(
        _("times awake"), null=True, blank=True, validators=[MaxValueValidator(MOST_AWAKENINGS)]
    )
    minutes_awake = models.PositiveSmallIntegerField(
        _("minutes awake in the night"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_MINUTES)],
    )
    woke_at = models.DateTimeField(_("woke for good"), null=True, blank=True)
    got_up_at = models.DateTimeField(_("got up"), null=True, blank=True)
    quality = models.PositiveSmallIntegerField(
        _("quality of sleep"), null=True, blank=True, choices=Quality
    )
    refreshed = models.PositiveSmallIntegerField(
        _("how rested on waking"), null=True, blank=True, choices=Refreshed
    )
    free_day = models.BooleanField(
        _("free day"),
        null=True,
        blank=True,
        help_text=_("Whether the day that began with this waking was free of work or school."),
    )
    alarm_used = models.BooleanField(_("woken by an alarm"), null=True, blank=True)
    naps = models.PositiveSmallIntegerField(
        _("naps the day before"), null=True, blank=True, validators=[MaxValueValidator(MOST_NAPS)]
    )
    nap_minutes = models.PositiveSmallIntegerField(
        _("minutes of naps"), null=True, blank=True, validators=[MaxValueValidator(MOST_MINUTES)]
    )
    alcoholic_drinks = models.PositiveSmallIntegerField(
        _("alcoholic drinks the day before"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_DRINKS)],
    )
    caffeinated_drinks = models.PositiveSmallIntegerField(
        _("drinks with caffeine the day before"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_DRINKS)],
    )
    medicine = SealedTextField(
        _("medicine for sleep"),
        blank=True,
        default="",
        db_default="",
        validators=[MaxLengthValidator(LONGEST_MEDICINE)],
    )
    note = SealedTextField(_("note"), blank=True, validators=[MaxLengthValidator(LONGEST_NOTE)])
    numbers_shared = models.BooleanField(_("numbers shared"), default=False)
    words_shared = models.BooleanField(_("words shared"), default=False)
    # Since when: what a clinician has not seen yet is new. None where it is not shared.
    numbers_shared_at = models.DateTimeField(null=True, blank=True, editable=False)
    words_shared_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = NightQuerySet.as_manager()

    # True for the copy that a clinician sees; such a copy can't be saved.
    is_shared_copy = False

    class Meta:
        verbose_name = _("night")
        verbose_name_plural = _("nights")
        ordering = ["-diary_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "diary_date"],
                name="journal_night_one_per_date",
                violation_error_message=_("There is already an entry for this night."),
            ),
            _in_order("into_bed_at", "tried_to_sleep_at"),
            _in_order("into_bed_at", "woke_at"),
            _in_order("into_bed_at", "got_up_at"),
            _in_order("tried_to_sleep_at", "woke_at"),
            _in_order("tried_to_sleep_at", "got_up_at"),
            _in_order("woke_at", "got_up_at"),
            _at_most("minutes_to_fall_asleep", MOST_MINUTES),
            _at_most("minutes_awake", MOST_MINUTES),
            _at_most("awakenings", MOST_AWAKENINGS),
            _at_most("naps", MOST_NAPS),
            _at_most("nap_minutes", MOST_MINUTES),
            _at_most("alcoholic_drinks", MOST_DRINKS),
            _at_most("caffeinated_drinks", MOST_DRINKS),
            models.CheckConstraint(
                condition=Q(tried_to_sleep_at__isnull=True)
                | Q(woke_at__isnull=True)
                | Q(
                    GreaterThanOrEqual(
                        MinutesBetween("tried_to_sleep_at", "woke_at"),
                        Coalesce("minutes_to_fall_asleep", 0) + Coalesce("minutes_awake", 0),
                    )
                ),
                name="journal_night_awake_fits",
                violation_error_message=_(
                    "That is more time awake than there is from trying to sleep to waking for good."
                ),
            ),
            models.CheckConstraint(
                condition=Q(quality__isnull=True) | Q(quality__in=Quality.values),
                name="journal_night_quality_known",
            ),
            models.CheckConstraint(
                condition=Q(refreshed__isnull=True) | Q(refreshed__in=Refreshed.values),
                name="journal_night_refreshed_known",
            ),
            models.CheckConstraint(condition=~Q(zone=""), name="journal_night_has_zone"),
        ]
        indexes = [
            models.Index(fields=["patient", "-diary_date"], name="journal_night_newest_first"),
            # What is not shared costs those who may not see it no time either.
            models.Index(
                fields=["patient", "diary_date"],
                condition=Q(numbers_shared=True) | Q(words_shared=True),
                name="journal_night_shared_dates",
            ),
            models.Index(
                fields=["patient", "numbers_shared_at"],
                condition=Q(numbers_shared=True),
                name="journal_night_numbers_shared",
            ),
            models.Index(
                fields=["patient", "words_shared_at"],
                condition=Q(words_shared=True),
                name="journal_night_words_shared",
            ),
        ]

    def __str__(self) -> str:
        return f"Night {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.is_shared_copy:
            raise TypeError("This is what a clinician sees of a night, not the night.")
        for part in ("numbers", "words"):
            shared = getattr(self, f"{part}_shared")
            since = getattr(self, f"{part}_shared_at")
            setattr(self, f"{part}_shared_at", (since or timezone.now()) if shared else None)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("journal:night", args=[self.diary_date])

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        if self.is_shared_copy:
            self.keep_shared_parts()

    def keep_shared_parts(self) -> None:
        """Turn this object into what the patient's clinician may see of it."""
        hidden = list(_NEVER_SHARED)
        if not self.numbers_shared:
            hidden += NUMBERS
            self.zone = "UTC"
        for name in hidden:
            setattr(self, name, None)
        if not self.words_shared:
            for name in WORDS:
                setattr(self, name, "")
        self.is_shared_copy = True
        self.__dict__.pop("measures", None)

    @cached_property
    def measures(self) -> sleep.Measures:
        """What can be worked out from the answers."""
        return sleep.measure(
            into_bed_at=self.into_bed_at,
            tried_to_sleep_at=self.tried_to_sleep_at,
            minutes_to_fall_asleep=self.minutes_to_fall_asleep,
            awakenings=self.awakenings,
            minutes_awake=self.minutes_awake,
            woke_at=self.woke_at,
            got_up_at=self.got_up_at,
        )

    @property
    def zone_info(self) -> ZoneInfo:
        """The zone in which the times were written down."""
        return ZoneInfo(self.zone)

    @property
    def into_bed(self) -> datetime | None:
        return self._local(self.into_bed_at)

    @property
    def tried_to_sleep(self) -> datetime | None:
        return self._local(self.tried_to_sleep_at)

    @property
    def woke(self) -> datetime | None:
        return self._local(self.woke_at)

    @property
    def got_up(self) -> datetime | None:
        return self._local(self.got_up_at)

    @property
    def fell_asleep(self) -> datetime | None:
        return self._local(self.measures.fell_asleep_at)

    def _local(self, moment: datetime | None) -> datetime | None:
        return moment.astimezone(self.zone_info) if moment else None
