"""Whose rows somebody may see: the one rule for everything about a patient's reading."""

from typing import Any

from django.db.models import Exists, OuterRef

from accounts.models import User


def own_or_cared_for(rows: Any, user: User, patient: str = "patient") -> Any:
    """Rows with a patient: a patient's own, or those of a clinician's present patients."""
    if user.is_patient:
        return rows.filter(**{patient: user})
    if user.is_clinician:
        mine = User.objects.patients_of(user).filter(pk=OuterRef(f"{patient}_id"))
        return rows.filter(Exists(mine))
    return rows.none()
