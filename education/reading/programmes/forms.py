"""Writing a programme: its name, what it is for, and its steps."""

import uuid
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.lost_updates import VersionedForm
from education.reading.models import Programme, ProgrammeStep
from education.reading.models.programme import LONGEST_DAYS, MOST_STEPS

from .rows import Row
from .shelf import Shelf

NAME_TAKEN = _("There is a programme in use with this name already.")


class ProgrammeForm(VersionedForm):
    """Name and purpose. The address of a new one is chosen when its form is opened.

    So a second click on "Create" finds what the first one made.
    """

    new_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Programme
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        error_messages = {"name": {"required": _("Give the programme a name.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        if self.instance.pk:
            del self.fields["new_id"]
        else:
            self.initial["new_id"] = uuid.uuid4()

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if self.instance.put_away_at is None:
            same = Programme.objects.in_use().filter(name__iexact=name).exclude(pk=self.instance.pk)
            # A new one whose address exists is the first of two clicks, not somebody else's.
            same = same.exclude(public_id=self.made_before())
            if same.exists():
                raise forms.ValidationError(NAME_TAKEN, code="taken")
        return name

    def made_before(self) -> uuid.UUID:
        """The address that this form was opened with."""
        try:
            return uuid.UUID(self.data.get(self.add_prefix("new_id"), ""))
        except ValueError:
            return self.instance.public_id

    def save_with(self, rows: list["StepForm"], by: Any) -> bool:
        """Save the programme and put these steps in the place of its own, or nothing at all.

        False, with an error beside the name, when somebody took the name at this moment.
        """
        programme = self.instance
        is_new = programme.pk is None
        programme.updated_by = by
        try:
            with transaction.atomic():
                if is_new:
                    programme.created_by = by
                    wanted = self.made_before()
                    if not Programme.objects.filter(public_id=wanted).exists():
                        programme.public_id = wanted
                    programme.save()
                else:
                    # Not whether it is put away: that may have changed since.
                    programme.save(
                        update_fields=["name", "description", "updated_by", "updated_at"]
                    )
                    programme.steps.all().delete()
                ProgrammeStep.objects.bulk_create(
                    ProgrammeStep(
                        programme=programme,
                        position=place,
                        article=row.shelved.article,
                        level=row.cleaned_data["level"],
                        days=row.cleaned_data["days"],
                    )
                    for place, row in enumerate(rows, start=1)
                )
        except IntegrityError:
            if is_new:
                programme.pk = None
            self.add_error("name", NAME_TAKEN)
            return False
        return True


class StepForm(forms.Form):
    """One step: an article that is chosen already, its level, and its day."""

    article = forms.CharField(widget=forms.HiddenInput)
    level = forms.ChoiceField(
        label=_("Level"),
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": _("Choose a level."),
            "invalid_choice": _("This level is not published any more. Choose another one."),
        },
    )
    days = forms.IntegerField(
        label=_("Read by day"),
        min_value=0,
        max_value=LONGEST_DAYS,
        widget=forms.NumberInput(
            attrs={
                "class": "form-control",
                "inputmode": "numeric",
                "autocomplete": "off",
                "aria-describedby": "days-help",
            }
        ),
        error_messages={
            "required": _("Say by which day after the start, for example 7."),
            "invalid": _("Type the day as a number, for example 7."),
            "min_value": _("Day 0 is the first day there is."),
            "max_value": _("Two years, day %(limit_value)s, is the longest."),
        },
    )

    def __init__(self, row: Row, index: int, shelf: Shelf, kept: str, check: bool) -> None:
        """`kept` is the level of the saved step, which stays on offer; unchecked rows are shown
        as they were typed, without a word about mistakes."""
        prefix = f"step-{index}"
        shelved = shelf.get(row.article)
        if shelved is None:
            raise ValueError("A row is made only of articles on the shelf.")
        self.shelved = shelved
        self.index = index
        if check:
            super().__init__(row.data(prefix), prefix=prefix)
        else:
            initial = {"article": row.article, "level": row.level, "days": row.days}
            super().__init__(initial=initial, prefix=prefix)
        self.fields["level"].choices = shelved.level_choices(also=kept)

    def focus(self, control: str) -> None:
        """Let the page open with this field in focus."""
        self.fields[control].widget.attrs["autofocus"] = True

    def tie_errors(self) -> None:
        """Let a screen reader say what is wrong with a field when it comes to it."""
        for name in ("level", "days"):
            if name not in self.errors:
                continue
            attrs = self.fields[name].widget.attrs
            attrs["class"] += " is-invalid"
            described = [attrs.get("aria-describedby", ""), f"{self[name].auto_id}_error"]
            attrs["aria-describedby"] = " ".join(described).strip()


def step_forms(
    rows: list[Row], shelf: Shelf, kept: dict[str, str], *, check: bool = False
) -> list[StepForm]:
    """The forms of all rows, in order."""
    return [
        StepForm(row, index, shelf, kept.get(row.article, ""), check)
        for index, row in enumerate(rows)
    ]


def problems_of(forms_of_steps: list[StepForm]) -> list[str]:
    """Check all steps, also against each other; returns what concerns the programme as a whole.

    What concerns one step stands beside it.
    """
    seen: set[str] = set()
    latest = 0
    for form in forms_of_steps:
        if form.is_valid():
            days = form.cleaned_data["days"]
            if days < latest:
                form.add_error(
                    "days",
                    _(
                        "The step before this one is due on day %(day)d. Choose that day or a "
                        "later one, or move this step up."
                    )
                    % {"day": latest},
                )
            latest = max(latest, days)
        if form.shelved.article.slug in seen:
            form.add_error("article", _("This article is in the programme already."))
        seen.add(form.shelved.article.slug)
        form.tie_errors()
    if not forms_of_steps:
        return [str(_("Add at least one article."))]
    if len(forms_of_steps) > MOST_STEPS:
        most = _("A programme has at most %(n)d steps.") % {"n": MOST_STEPS}
        return [str(most)]
    return []
