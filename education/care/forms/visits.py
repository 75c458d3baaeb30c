"""When a visit is, what is brought to it, and what came of it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.sealed import Unreadable
from education.care.models import LONGEST_AGREED, LONGEST_ANSWER, Question, Visit
from education.care.sheet import MOST_QUESTIONS, MOST_REFLECTIONS
from education.journal.models import Reflection

from .reading import DayInput, refuse_unless_ahead
from .seen import SeenForm
from .team import ColleagueChoiceField


class _TeamField(ColleagueChoiceField):
    """The care team by name: their addresses are not the patient's business."""

    def label_from_instance(self, colleague: User) -> str:
        return colleague.name


class VisitDateForm(SeenForm):
    """The day of the next visit, the time and with whom, as far as they are known.

    Patient and care team note it both: refused when the other has changed it meanwhile.
    """

    on = forms.DateField(
        label=_("Day"),
        required=False,
        widget=DayInput,
        help_text=_("Leave it empty if you don’t know it yet."),
        error_messages={"invalid": _("This day does not exist, or is not complete.")},
    )
    at = forms.TimeField(
        label=_("Time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Optional."),
        error_messages={"invalid": _("Write the time as 14:30.")},
    )
    clinician = _TeamField(
        label=_("With"),
        required=False,
        queryset=User.objects.none(),
        to_field_name="public_id",
        empty_label=_("Not known yet"),
        error_messages={"invalid_choice": _("Choose somebody from the list.")},
    )

    def __init__(
        self, *args: Any, visit: Visit | None, team: Any, reader: User, **kwargs: Any
    ) -> None:
        self.visit = visit
        initial: dict[str, Any] = {"seen": self.seen_now()}
        if visit:
            initial |= {
                "on": visit.on,
                "at": visit.at,
                "clinician": visit.clinician.public_id if visit.clinician else None,
            }
        super().__init__(*args, initial=initial, **kwargs)
        self.reader = reader
        today = timezone.localdate(timezone=reader.zone)
        self.fields["on"].widget.attrs["min"] = today.isoformat()
        self.fields["clinician"].queryset = team

    def seen_now(self) -> str:
        if self.visit is None:
            return ""
        said = (self.visit.on, self.visit.at, self.visit.clinician_id)
        return " ".join(str(one or "-") for one in said)

    @property
    def said(self) -> dict[str, Any]:
        """Day, time and with whom."""
        return {name: self.cleaned_data[name] for name in ("on", "at", "clinician")}

    def clean_on(self) -> date | None:
        on = self.cleaned_data["on"]
        # A day that was set long ago may stay.
        if on and on != self.initial.get("on"):
            # The day is the clinic's, where it may still be yesterday.
            zones = {self.reader.zone, *(one.zone for one in self.fields["clinician"].queryset)}
            refuse_unless_ahead(on, min(timezone.localdate(timezone=zone) for zone in zones))
        return on

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("at") and not data.get("on") and "on" not in self.errors:
            self.add_error("on", _("Say on which day this time is."))
        return data


class _ChosenField(forms.MultipleChoiceField):
    """Some of a patient's things by their public ids.

    What was deleted or settled since the page was opened, or is none of theirs, is not chosen;
    the rest still is.
    """

    def offer(self, things: Iterable[Any]) -> None:
        """What there is to choose from."""
        self._things = {str(one.public_id): one for one in things}
        self.choices = [(key, str(one.text)) for key, one in self._things.items()]

    def clean(self, value: Any) -> list[Any]:
        chosen = {str(one) for one in value or ()}
        return [one for key, one in self._things.items() if key in chosen]


class PrepareForm(forms.Form):
    """What a patient brings to the visit, on one page that takes three minutes."""

    questions = _ChosenField(
        required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )
    share_nights = forms.BooleanField(
        required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )
    reflections = _ChosenField(
        required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )

    def __init__(
        self,
        *args: Any,
        questions: Sequence[Question],
        reflections: Sequence[Reflection],
        chosen: Iterable[Reflection],
        **kwargs: Any,
    ) -> None:
        super().__init__(
            *args,
            initial={
                "questions": [str(one.public_id) for one in questions if one.for_visit_since],
                "reflections": [str(one.public_id) for one in chosen],
            },
            **kwargs,
        )
        self.fields["questions"].offer(questions)
        self.fields["reflections"].offer(reflections)

    def clean_questions(self) -> list[Question]:
        return self._at_most("questions", MOST_QUESTIONS)

    def clean_reflections(self) -> list[Reflection]:
        return self._at_most("reflections", MOST_REFLECTIONS)

    def _at_most(self, name: str, most: int) -> list[Any]:
        chosen: list[Any] = self.cleaned_data[name]
        if len(chosen) > most:
            raise forms.ValidationError(
                ngettext(
                    "There is room for %(n)d. Choose the one that matters most.",
                    "There is room for %(n)d. Choose those that matter most.",
                    most,
                )
                % {"n": most}
            )
        return chosen


class AfterForm(SeenForm):
    """What came of a visit: answers to questions, and what was agreed.

    Refused when somebody else has saved it since it was opened, and where an answer would be lost.
    """

    # Answers to questions that are not there any more.
    lost: Sequence[str] = ()

    agreed = forms.CharField(
        label=_("What we agreed"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_AGREED}),
        validators=[MaxLengthValidator(LONGEST_AGREED)],
        help_text=_("The patient keeps it. Write it as you said it to them."),
    )

    def __init__(
        self, *args: Any, visit: Visit, questions: Sequence[Question], **kwargs: Any
    ) -> None:
        self.visit, self.questions = visit, questions
        initial: dict[str, Any] = {"agreed": visit.agreed, "seen": self.seen_now()}
        for one in questions:
            initial[f"settled-{one.public_id}"] = one.settled_at is not None
            initial[f"answer-{one.public_id}"] = one.answer
        super().__init__(*args, initial=initial, **kwargs)
        if isinstance(visit.agreed, Unreadable):
            # What is stored must outlast the missing key.
            del self.fields["agreed"]
        for one in questions:
            self.fields[f"settled-{one.public_id}"] = forms.BooleanField(
                label=_("Settled"),
                required=False,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )
            self.fields[f"answer-{one.public_id}"] = forms.CharField(
                label=_("The answer in a line"),
                required=False,
                max_length=LONGEST_ANSWER,
                error_messages={
                    "max_length": _("A line of at most %(limit_value)d letters, please.")
                },
            )

    def seen_now(self) -> str:
        return self.visit.updated_at.isoformat()

    @property
    def rows(self) -> list[tuple[Question, Any, Any]]:
        """Each question with the fields about it."""
        return [
            (one, self[f"settled-{one.public_id}"], self[f"answer-{one.public_id}"])
            for one in self.questions
        ]

    @property
    def reopened(self) -> list[int]:
        """Questions that were settled and are not any more."""
        return [one.pk for one in self.questions if one.settled_at and one.pk not in self.answers]

    @property
    def answers(self) -> dict[int, str]:
        """By question, the answer of each that is settled."""
        said = self.cleaned_data
        return {
            one.pk: said[f"answer-{one.public_id}"]
            for one in self.questions
            if said[f"settled-{one.public_id}"] or said[f"answer-{one.public_id}"]
        }

    def clean(self) -> dict[str, Any]:
        try:
            data = super().clean()
        except forms.ValidationError:
            self._take_over_answers()
            raise
        known = {f"answer-{one.public_id}" for one in self.questions}
        sent = {key: value.strip() for key, value in self.data.items() if value.strip()}
        self.lost = [
            value for key, value in sent.items() if key.startswith("answer-") and key not in known
        ]
        if self.lost:
            raise forms.ValidationError(
                _(
                    "Not saved yet: an answer has no question any more, because the patient took "
                    "it back or settled it. The answer stands below. Saving again leaves it out."
                ),
                code="lost",
            )
        return data

    def _take_over_answers(self) -> None:
        """What somebody else has answered meanwhile is not emptied by a form that came before."""
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        for one in self.questions:
            name = f"answer-{one.public_id}"
            if one.settled_at and not typed.get(name, "").strip():
                typed[name] = one.answer
                typed[f"settled-{one.public_id}"] = "on"
        self.data = typed
