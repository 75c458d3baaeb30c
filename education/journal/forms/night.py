"""The morning form."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.sealed import Unreadable
from education.journal import clock, questions
from education.journal.clock import IN_ORDER, ClockField
from education.journal.models import Night, Quality, Refreshed
from education.journal.models.night import (
    LONGEST_MEDICINE,
    LONGEST_NOTE,
    MOST_AWAKENINGS,
    MOST_DRINKS,
    MOST_MINUTES,
    MOST_NAPS,
    NO_NUMBERS,
    NO_WORDS,
    NUMBERS,
    WORDS,
)
from education.journal.questions import Question
from education.journal.words import uses_twelve_hours

from .answers import EitherField, count_field, scale_field, words_field
from .styled import StyledForm, limited
from .zone import ZoneField

DAYS_BACK = 366
CORE = (*IN_ORDER, "minutes_to_fall_asleep", "awakenings", "minutes_awake", "quality")
# Behind "More, if you like".
OPTIONAL = (
    "refreshed",
    "free_day",
    "alarm_used",
    "naps",
    "nap_minutes",
    "alcoholic_drinks",
    "caffeinated_drinks",
    "medicine",
    "note",
)


class NightForm(StyledForm):
    """One night, with times as the clock showed them; all answers may stay blank but one.

    Hard errors stop the form. `questions` are asked back and saved once they are confirmed.
    """

    # First, because today's date and the moments of all times follow from it.
    zone = ZoneField(label=gettext_lazy("Time zone of these times"), required=False)
    diary_date = forms.DateField(
        label=gettext_lazy("The morning you woke up"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": gettext_lazy("Choose the morning on which this night ended."),
            "invalid": gettext_lazy("This date does not exist. Choose the morning of the night."),
        },
    )
    into_bed = ClockField(label=gettext_lazy("Got into bed"), required=False)
    tried_to_sleep = ClockField(label=gettext_lazy("Began trying to sleep"), required=False)
    minutes_to_fall_asleep = count_field(
        gettext_lazy("Minutes to fall asleep"),
        MOST_MINUTES,
        gettext_lazy("A day has 1440 minutes. Write the minutes to fall asleep."),
    )
    awakenings = count_field(
        gettext_lazy("Times awake in the night"),
        MOST_AWAKENINGS,
        gettext_lazy("Write 99 or less."),
    )
    minutes_awake = count_field(
        gettext_lazy("Minutes awake, all together"),
        MOST_MINUTES,
        gettext_lazy("A day has 1440 minutes. Write the minutes awake in the night."),
    )
    woke = ClockField(label=gettext_lazy("Woke for good"), required=False)
    got_up = ClockField(label=gettext_lazy("Got up"), required=False)
    quality = scale_field(gettext_lazy("How was your sleep?"), Quality)
    refreshed = scale_field(gettext_lazy("How rested did you feel on waking?"), Refreshed)
    free_day = EitherField(
        label=gettext_lazy("What kind of day was it after this night?"),
        yes=gettext_lazy("A free day"),
        no=gettext_lazy("Work or school"),
    )
    alarm_used = EitherField(
        label=gettext_lazy("Did an alarm or a person wake you?"),
        yes=gettext_lazy("Yes"),
        no=gettext_lazy("No"),
    )
    naps = count_field(
        gettext_lazy("Naps the day before"), MOST_NAPS, gettext_lazy("Write 20 or less.")
    )
    nap_minutes = count_field(
        gettext_lazy("Minutes napped, all together"),
        MOST_MINUTES,
        gettext_lazy("A day has 1440 minutes. Write the minutes of your naps."),
    )
    alcoholic_drinks = count_field(
        gettext_lazy("Drinks with alcohol the day before"),
        MOST_DRINKS,
        gettext_lazy("Write 99 or less."),
    )
    caffeinated_drinks = count_field(
        gettext_lazy("Drinks with caffeine the day before"),
        MOST_DRINKS,
        gettext_lazy("Write 99 or less."),
    )
    medicine = words_field(
        gettext_lazy("Medicine for sleep"),
        2,
        help_text=gettext_lazy("What you took, how much and when. Blank if you don’t want to say."),
    )
    note = words_field(gettext_lazy("Note"), 3)
    numbers_shared = forms.BooleanField(label=gettext_lazy("Share the numbers"), required=False)
    words_shared = forms.BooleanField(label=gettext_lazy("Share the words"), required=False)

    # As the night went, which is also the order of the error summary.
    field_order = ("zone", "diary_date")

    class Meta:
        model = Night
        fields = [
            "diary_date",
            "minutes_to_fall_asleep",
            "awakenings",
            "minutes_awake",
            "quality",
            *OPTIONAL,
            "numbers_shared",
            "words_shared",
        ]

    also_stored = ("zone", *(f"{name}_at" for name in IN_ORDER))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions: list[Question] = []
        # The night that a first click on the same button has stored already.
        self._twin: Night | None = None
        self.times_zone = self.instance.zone_info
        self.today: date = timezone.localdate(timezone=self.times_zone)
        self.stored_date = None if self.instance._state.adding else self.instance.diary_date
        if self.stored_date:
            # On the page of a night, sharing has buttons of its own that act at once.
            del self.fields["numbers_shared"], self.fields["words_shared"]
        # Words whose key is missing are neither shown for a change nor written over.
        self.unreadable = [
            self.fields.pop(name).label
            for name in WORDS
            if isinstance(getattr(self.instance, name), Unreadable)
        ]
        self.fields["diary_date"].widget.attrs |= {
            "max": self.today.isoformat(),
            "min": (self.today - timedelta(days=DAYS_BACK)).isoformat(),
        }
        self.initial.setdefault("zone", self.instance.zone)
        for name in IN_ORDER:
            local: datetime | None = getattr(self.instance, name)
            # What was typed before, and is here again, need be no time.
            self.initial.setdefault(name, local.time() if local else None)
            # Phones show digits only where nobody needs to type "pm".
            self.fields[name].widget.attrs["inputmode"] = (
                "text" if uses_twelve_hours() else "numeric"
            )

    # --- What the templates need ------------------------------------------------------------

    @property
    def open_questions(self) -> list[Question]:
        return [question for question in self.questions if not question.confirmed]

    def rows(self) -> dict[str, dict[str, Any]]:
        """Each field with what is asked back beside it."""
        return {
            name: {
                "field": self[name],
                "questions": [one for one in self.questions if one.field == name],
            }
            for name in self.fields
        }

    @property
    def has_more(self) -> bool:
        """Whether something stands, is wrong or is asked back behind "More, if you like"."""
        asked = {question.field for question in self.questions}
        return any(
            name in asked or self[name].errors or self[name].value() not in (None, "")
            for name in OPTIONAL
            if name in self.fields
        )

    @property
    def answers_more(self) -> bool:
        """Whether one of the optional questions was answered in what is saved."""
        return any(self.cleaned_data.get(name) not in (None, "") for name in OPTIONAL)

    # --- Checking ---------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Whether the night can be saved: no errors, and every question confirmed."""
        return super().is_valid() and not self.open_questions

    def full_clean(self) -> None:
        self.questions = []
        super().full_clean()
        for name in {question.field for question in self.questions}:
            bound = self[name]
            described = [bound.aria_describedby or "", f"{bound.auto_id}_question"]
            self.fields[name].widget.attrs["aria-describedby"] = " ".join(filter(None, described))

    def clean_zone(self) -> str:
        key: str = self.cleaned_data["zone"] or self.instance.zone
        self.instance.zone = key
        self.times_zone = ZoneInfo(key)
        self.today = timezone.localdate(timezone=self.times_zone)
        return key

    def clean_diary_date(self) -> date:
        day: date = self.cleaned_data["diary_date"]
        if day == self.stored_date:
            return day
        if day > self.today:
            raise ValidationError(_("This morning has not come yet. Choose today or earlier."))
        if day < self.today - timedelta(days=DAYS_BACK):
            raise ValidationError(_("This is more than a year ago. Choose a later morning."))
        return day

    def clean_note(self) -> str:
        return limited(self.cleaned_data["note"], LONGEST_NOTE)

    def clean_medicine(self) -> str:
        return limited(self.cleaned_data["medicine"], LONGEST_MEDICINE)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        placed = self._place(cleaned)
        self._ask(cleaned, placed)
        answered = any(cleaned.get(name) not in (None, "") for name in (*CORE, *OPTIONAL))
        if not answered and not self.errors:
            raise ValidationError(_("Answer at least one question, whichever you like."))
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()
        day = self.cleaned_data.get("diary_date")
        if day is None or day == self.stored_date:
            return
        stored = self._stored_night(day)
        if stored is None:
            return
        if self.stored_date is None and not self.errors and self._says_the_same(stored):
            self._twin = stored
        else:
            self.add_error("diary_date", self._already_there(day))

    def _place(self, cleaned: dict[str, Any]) -> dict[str, datetime]:
        """Put the times on the calendar, with errors beside their fields."""
        day = cleaned.get("diary_date")
        if day is None:
            return {}
        placement = clock.place(
            day, self.times_zone, questions.clocks(cleaned), questions.minutes_awake(cleaned)
        )
        for name, message in placement.errors.items():
            if name == clock.AWAKE:
                name = "minutes_awake" if cleaned.get("minutes_awake") else "minutes_to_fall_asleep"
            self.add_error(name, ValidationError(message))
        if any(name in self.errors for name in IN_ORDER):
            return {}
        for name in IN_ORDER:
            setattr(self.instance, f"{name}_at", placement.moments.get(name))
        return placement.moments

    # --- Asking back ------------------------------------------------------------------------

    def _ask(self, cleaned: dict[str, Any], placed: dict[str, datetime]) -> None:
        self.questions = [
            Question(code, name, text, answer, bool(self.data.get(f"confirm_{code}")))
            for code, name, text, answer in questions.about(cleaned, placed, self.times_zone)
        ]

    # --- Saving -----------------------------------------------------------------------------

    def save(self, commit: bool = True) -> Night | None:
        """Store the night.

        After a second click the night that the first one stored is returned. Where another
        tab was faster with other answers, the form gets an error and None is returned.
        """
        if self._twin:
            return self._twin
        try:
            with transaction.atomic():
                return self.store()
        except IntegrityError:
            stored = self._stored_night(self.instance.diary_date)
            if stored is None:
                raise
            if self.stored_date is None and self._says_the_same(stored):
                return stored
            self.add_error("diary_date", self._already_there(stored.diary_date))
            return None

    def store(self) -> Night | None:
        """As the others; what is written into a shared blank is shared from now on, thus new."""
        if not self.instance._state.adding:
            stored = Night.objects.filter(pk=self.instance.pk)
            for part, blank, names in (
                ("numbers", NO_NUMBERS, NUMBERS),
                ("words", NO_WORDS, WORDS),
            ):
                if any(getattr(self.instance, name) not in (None, "") for name in names):
                    stored.filter(blank, **{f"{part}_shared": True}).set_shared(part, True)
        found: Night | None = super().store()
        return found

    def _stored_night(self, day: date) -> Night | None:
        nights = Night.objects.filter(patient=self.instance.patient, diary_date=day)
        return nights.exclude(pk=self.instance.pk).first()

    def _says_the_same(self, stored: Night) -> bool:
        names = [*self._meta.fields, *(f"{name}_at" for name in IN_ORDER)]
        return all(getattr(stored, name) == getattr(self.instance, name) for name in names)

    @staticmethod
    def _already_there(day: date) -> ValidationError:
        return ValidationError(
            format_html(
                '{} <a href="{}">{}</a>',
                _("There is already an entry for this night."),
                reverse("journal:night", args=[day]),
                _("Open and change that one"),
            ),
            code="unique",
        )
