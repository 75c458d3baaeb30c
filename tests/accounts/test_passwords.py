"""Which passwords are refused for being easy to guess."""

import hashlib

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import override_settings

from accounts.models import ClinicProfile
from accounts.passwords import BreachedPasswordsValidator


def refused(password: str) -> set[str]:
    try:
        validate_password(password)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


@pytest.mark.django_db
def test_the_clinics_own_words_are_no_password():
    ClinicProfile.objects.create(name="Harbor Sleep Center")
    assert refused("HarborSleep2026!") == {"clinic_words"}
    assert refused("password-portal-1") == {"clinic_words"}
    assert refused("Harbor and seven lamps") == set()
    assert refused("lamp-by-the-bed") == set()
    assert refused("🦉🦊🐢🦔🐝🦋🐌🐞🐜🦗🕷🦂") == set()


@pytest.mark.once
def test_a_stolen_password_is_found_anywhere_in_the_list(tmp_path):
    stolen = [f"stolen password {number}" for number in range(100)]
    hashes = sorted(
        hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest().upper() for one in stolen
    )
    for end in ("\n", "\r\n", ""):
        file = tmp_path / "list.txt"
        file.write_bytes("".join(f"{one}:{len(one) * 7}\n" for one in hashes).encode())
        if end != "\n":
            file.write_bytes(file.read_bytes().replace(b"\n", end.encode() or b"\n").rstrip())
        validator = BreachedPasswordsValidator(str(file))
        for password in stolen:
            with pytest.raises(ValidationError):
                validator.validate(password)
        for number in range(100):
            validator.validate(f"nobody has seen {number}")


@pytest.mark.once
def test_without_a_list_or_with_a_broken_one_nothing_stops(tmp_path):
    with override_settings(BREACHED_PASSWORDS_FILE=""):
        BreachedPasswordsValidator().validate("anything at all")
    for content in (b"", b"\n\n", b"no hashes here\n" * 50, b"\xff" * 5000):
        file = tmp_path / "list.txt"
        file.write_bytes(content)
        BreachedPasswordsValidator(str(file)).validate("anything at all")
