"""Passwords that are too easy to guess here, beside what Django refuses by itself."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import ClinicProfile

# What anybody would try first at a clinic's portal. The clinic's own names are added to it.
EVERYBODYS_WORDS = (
    "administrator", "clinician", "education", "hormones", "hormone", "medicine", "password",
    "patients", "patient", "therapy", "welcome", "clinic", "doctor", "editor", "health",
    "portal", "qwerty", "secret", "admin", "login", "sleep", "user",
)  # fmt: skip
# So much has to be left when these words and plain counting are taken away.
OWN_CHARACTERS = 6
_LINE = re.compile(rb"[0-9A-Fa-f]{40}\b")


class ClinicWordsValidator:
    """Refuse a password made of the clinic's name, the words of such portals, and digits."""

    def validate(self, password: str, user: Any = None) -> None:
        clinic = ClinicProfile.current()
        names = [*_words(clinic.name), *_words(clinic.mail_name)]
        left = password.casefold()
        for word in sorted({*EVERYBODYS_WORDS, *names}, key=len, reverse=True):
            left = left.replace(word, "")
        # Years and counting are what people add when they are asked for more.
        left = re.sub(r"[\d\s._!?-]+", "", left)
        if len(left) < OWN_CHARACTERS:
            raise ValidationError(self.get_help_text(), code="clinic_words")

    def get_help_text(self) -> str:
        return _("Choose words that have nothing to do with the clinic or with this portal.")


class BreachedPasswordsValidator:
    """Refuse a password that is in the clinic's copy of a list of stolen passwords.

    The file has one SHA-1 per line in hexadecimal, sorted, and whatever follows a colon, as
    https://haveibeenpwned.com/Passwords gives it; a search takes some forty reads of it. Nothing
    is asked of another host. Without a file nothing is refused.
    """

    def __init__(self, file: str | None = None) -> None:
        self.file = Path(file or settings.BREACHED_PASSWORDS_FILE or "")

    def validate(self, password: str, user: Any = None) -> None:
        if not self.file.is_file():
            return
        # The list's own form; SHA-1 protects nothing here.
        digest = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False)
        if self._has(digest.hexdigest().upper().encode()):
            raise ValidationError(
                _("This password is on a list of stolen ones. Choose another one."),
                code="breached",
            )

    def _has(self, wanted: bytes) -> bool:
        """Halve the file until the line is found: each step looks at the line after its middle."""
        with self.file.open("rb") as lines:
            low, high = 0, self.file.stat().st_size
            while low < high:
                middle = (low + high) // 2
                lines.seek(middle)
                if middle:
                    lines.readline()
                line = lines.readline()
                found = line[:40].upper()
                if not _LINE.match(line) or found > wanted:
                    high = middle
                elif found < wanted:
                    low = middle + 1
                else:
                    return True
        return False

    def get_help_text(self) -> str:
        return ""


def _words(name: str) -> Iterable[str]:
    return (word for word in re.findall(r"[^\W\d_]+", name.casefold()) if len(word) > 2)
