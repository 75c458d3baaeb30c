"""The morning form."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from education.journal import clock, questions
from education.journal.clock import IN_ORDER, ClockField
from education.journal.models import Night, Quality
from education.journal.models.night import LONGEST_NOTE, MOST_AWAKENINGS, MOST_MINUTES
from education.journal.questions import Question
from education.journal.words import uses_twelve_hours

from .styled import StyledForm, limited

DAYS_BACK = 366


def _count_field(label: Any, most: int, too_many: Any) -> forms.IntegerField:
    """A whole number that may stay blank; blank is not zero."""
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("Write a whole number, such as 20."),
            "min_value": gettext_lazy("This can’t be less than 0."),
            "max_value": too_many,
        },
    )


class NightForm(StyledForm):
    """One night, with times as the clock showed them; all answers may stay blank but one.

    Hard errors stop the form. `questions` are asked back and saved once they are confirmed.
    """

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
    minutes_to_fall_asleep = _count_field(
        gettext_lazy("Minutes to fall asleep"),
        MOST_MINUTES,
        gettext_lazy("A day has 1440 minutes. Write the minutes to fall asleep."),
    )
    awakenings = _count_field(
        gettext_lazy("Times awake in the night"),
        MOST_AWAKENINGS,
        gettext_lazy("Write 99 or less."),
    )
    minutes_awake = _count_field(
        gettext_lazy("Minutes awake, all together"),
        MOST_MINUTES,
        gettext_lazy("A day has 1440 minutes. Write the minutes awake in the night."),
    )
    woke = ClockField(label=gettext_lazy("Woke for good"), required=False)
    got_up = ClockField(label=gettext_lazy("Got up"), required=False)
    quality = forms.TypedChoiceField(
        label=gettext_lazy("How was your sleep?"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[*Quality.choices, ("", gettext_lazy("No answer"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    numbers_shared = forms.BooleanField(label=gettext_lazy("Share the numbers"), required=False)
    words_shared = forms.BooleanField(label=gettext_lazy("Share the words"), required=False)

    # As the night went, which is also the order of the error summary.
    field_order = (
        "diary_date",
        "into_bed",
        "tried_to_sleep",
        "minutes_to_fall_asleep",
        "awakenings",
        "minutes_awake",
        "woke",
        "got_up",
        "quality",
        "note",
        "numbers_shared",
        "words_shared",
    )

    class Meta:
        model = Night
        fields = [
            "diary_date",
            "minutes_to_fall_asleep",
            "awakenings",
            "minutes_awake",
            "quality",
            "note",
            "numbers_shared",
            "words_shared",
        ]

    also_stored = tuple(f"{name}_at" for name in IN_ORDER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions: list[Question] = []
        # The night that a first click on the same button has stored already.
        self._twin: Night | None = None
        self.zone = self.instance.zone_info
        self.today: date = timezone.localdate(timezone=self.zone)
        self.stored_date = None if self.instance._state.adding else self.instance.diary_date
        if self.stored_date:
            # On the page of a night, sharing has buttons of its own that act at once.
            del self.fields["numbers_shared"], self.fields["words_shared"]
        self.fields["diary_date"].widget.attrs |= {
            "max": self.today.isoformat(),
            "min": (self.today - timedelta(days=DAYS_BACK)).isoformat(),
        }
        for name in IN_ORDER:
            local: datetime | None = getattr(self.instance, name)
            self.initial[name] = local.time() if local else None
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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        placed = self._place(cleaned)
        self._ask(cleaned, placed)
        answered = any(
            cleaned.get(name) not in (None, "")
            for name in (*IN_ORDER, "minutes_to_fall_asleep", "awakenings", "minutes_awake",
                         "quality", "note")
        )  # fmt: skip
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
            day, self.zone, questions.clocks(cleaned), questions.minutes_awake(cleaned)
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
            for code, name, text, answer in questions.about(cleaned, placed, self.zone)
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
