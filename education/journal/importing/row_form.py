"""The morning form, as it checks the rows of a file."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.forms.models import construct_instance
from django.utils.translation import gettext as _

from education.journal.converters import FIRST_YEAR
from education.journal.forms import NightForm
from education.journal.forms.night import DAYS_BACK
from education.journal.models import Night


class RowForm(NightForm):
    """The rules of the morning form without its questions, and for nights of any year.

    One form checks all rows, because making one takes longer than checking with it. It asks the
    database nothing: its constraints are tried when all nights are stored at once.
    """

    _zones: dict[str, ZoneInfo]

    @classmethod
    def for_rows_of(cls, patient: Any) -> Self:
        form = cls({}, instance=Night(patient=patient, zone=patient.zone.key))
        form._zones = {"": patient.zone}
        # What is imported is private.
        del form.fields["numbers_shared"], form.fields["words_shared"]
        return form

    def zone_for(self, written: str) -> ZoneInfo:
        """The zone that a row names, or the patient's. Raises ValidationError by column."""
        if written not in self._zones:
            try:
                self._zones[written] = ZoneInfo(self.fields["zone"].clean(written))
            except ValidationError:
                raise ValidationError(
                    {"time_zone": _("This is no name of a time zone. Write it as Europe/London.")}
                ) from None
        return self._zones[written]

    def night(
        self, answers: Mapping[str, str], zone: ZoneInfo
    ) -> tuple[Night, dict[str, list[str]]]:
        """The night of one row, private, and its errors by field."""
        self.data = {**answers, "zone": zone.key}
        self.instance = Night(patient=self.instance.patient, zone=zone.key)
        self.full_clean()
        errors = {name: [str(said) for said in found] for name, found in self.errors.items()}
        return self.instance, errors

    def clean_diary_date(self) -> date:
        day: date = self.cleaned_data["diary_date"]
        if day.year < FIRST_YEAR:
            raise ValidationError(_("This is too long ago."))
        is_recent = day >= self.today - timedelta(days=DAYS_BACK)
        return super().clean_diary_date() if is_recent else day

    def _ask(self, cleaned: dict[str, Any], placed: dict[str, datetime]) -> None:
        """Nothing is asked back: the table shows what would be imported."""

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields)
        names = self._meta.fields or ()
        answered = {name for name in names if self.cleaned_data.get(name) not in (None, "")}
        try:
            self.instance.clean_fields({field.name for field in Night._meta.fields} - answered)
        except ValidationError as error:
            self.add_error(None, error)
