"""The privacy text of the demo clinic, agreed to by those who have come in."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Consent, ConsentText, User
from accounts.privacy.sample import SAMPLE


def agree_all(people: Iterable[User], administrator: User) -> None:
    """Publish the first text and let these patients have agreed to it, where there is none yet."""
    if ConsentText.objects.exists():
        return
    with transaction.atomic():
        at = timezone.now() - timedelta(days=90)
        text = ConsentText.objects.create(
            number=1, text=SAMPLE, published_at=at, published_by=administrator
        )
        patients = [person for person in people if person.is_patient]
        Consent.objects.bulk_create(
            Consent(patient=person, text=text, agreed_at=at) for person in patients
        )
        User.objects.filter(pk__in=[one.pk for one in patients]).update(consent_is_due=False)
