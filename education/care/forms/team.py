"""Choosing a colleague."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from accounts.public_ids import as_public_id


class ColleagueChoiceField(forms.ModelChoiceField):
    """Colleagues by their public ids, with the address where a name alone would not do."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value and (as_public_id(value) or uuid.UUID(int=0)))

    def label_from_instance(self, colleague: User) -> str:
        return f"{colleague.name} · {colleague.email}"


class ColleagueForm(forms.Form):
    """Which colleague; active clinicians other than oneself and whoever is left out."""

    colleague = ColleagueChoiceField(
        label=_("Colleague"),
        queryset=User.objects.none(),
        to_field_name="public_id",
        empty_label=_("Choose a colleague"),
        error_messages={
            "required": _("Choose a colleague."),
            "invalid_choice": _("Choose a colleague from the list."),
        },
    )

    def __init__(self, *args: Any, by: User, without: Iterable[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["colleague"].queryset = (
            User.objects.filter(role=Role.CLINICIAN, is_active=True)
            .exclude(pk__in=[by.pk, *without])
            .order_by("name", "pk")
        )
