"""Who signs in with this address and password: the same work whoever it is."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


class EmailBackend(AuthenticationBackend):
    """One query and one password hash for every attempt.

    allauth asks once more for an address that it has not confirmed, and Django's own backend
    hashes again; both would tell the known from the unknown.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Raise PermissionDenied, so that no other backend tries, unless the password is right."""
        found = super().authenticate(request, **credentials)
        if found is None:
            raise PermissionDenied
        return found

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        # The address as it is stored: what has not been confirmed yet signs nobody in.
        person = User.objects.with_address(email).first()
        return self._check_password(person, password)
