"""Assigning something to read."""

from itertools import groupby
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from education.articles.models import Edition, Level
from education.reading.assigning import assign
from education.reading.models import Assignment, Wanted


class EditionChoiceField(forms.ModelChoiceField):
    """Published editions, grouped by article, each with its level, time and grade."""

    def label_from_instance(self, edition: Edition) -> str:
        parts = [str(Level(edition.level).label)]
        if edition.reading_minutes:
            parts.append(
                ngettext("%(n)d minute", "%(n)d minutes", edition.reading_minutes)
                % {"n": edition.reading_minutes}
            )
        if edition.reading_grade is not None:
            parts.append(_("grade %(grade)d") % {"grade": round(edition.reading_grade)})
        return " · ".join(str(part) for part in parts)


class AssignForm(forms.Form):
    """An article at a level for one patient, with a due date and a note if wanted."""

    edition = EditionChoiceField(
        label=_("Article and level"),
        queryset=Edition.objects.none(),
        empty_label=_("Choose an article"),
        error_messages={
            "required": _("Choose an article at a level."),
            "invalid_choice": _("This article is not in the library any more."),
        },
    )
    due_on = forms.DateField(
        label=_("Read by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Optional. For example the day before the next visit."),
    )
    note = forms.CharField(
        label=_("Note to the patient"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional. Shown beside the article, never in an e-mail."),
    )

    def __init__(self, *args: Any, patient: User, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patient, self.by = patient, by
        field = self.fields["edition"]
        field.queryset = Edition.objects.published().select_related("article")
        editions = sorted(
            field.queryset,
            key=lambda one: (one.article.title, one.article_id, Level(one.level).rank),
        )
        field.choices = [("", field.empty_label)] + [
            (article.title, [(one.pk, field.label_from_instance(one)) for one in group])
            for article, group in groupby(editions, key=lambda one: one.article)
        ]

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        today = timezone.localdate(timezone=self.patient.zone)
        if due_on and due_on < today:
            raise forms.ValidationError(_("This day is past. Choose today or a later day."))
        if due_on and (due_on - today).days > 730:
            raise forms.ValidationError(_("Choose a day within the next two years."))
        return due_on

    def save(self) -> Assignment | None:
        """Assign; None, with an error beside the field, when the patient has the article."""
        edition = self.cleaned_data["edition"]
        wanted = Wanted(self.patient, edition.article, edition.level, self.cleaned_data["due_on"])
        outcome = assign([wanted], by=self.by, note=self.cleaned_data["note"])
        if outcome.assigned:
            return outcome.assigned[0]
        self.add_error(
            "edition",
            _("%(name)s already has this article. To change the level, withdraw it first.")
            % {"name": self.patient.name},
        )
        return None
