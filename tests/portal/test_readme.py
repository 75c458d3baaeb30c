"""The README stays true: every library with its reason, every command, every demo login."""

import re
from pathlib import Path

import pytest

from portal import demo

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("pins", ["requirements.in", "requirements-dev.in"])
def test_every_library_has_its_reason(pins):
    named = re.findall(r"^([a-z][\w-]+)", (ROOT / pins).read_text(), re.MULTILINE)
    assert named
    for library in named:
        assert re.search(rf"^\| {library}(\[[\w,]+\])? \| \S+", README, re.MULTILINE), library


def test_the_logins_are_those_of_the_demo():
    assert demo.PASSWORD in README
    for email, _name, _role in demo.LOGINS:
        assert email in README


def test_its_commands_and_pictures_exist():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for command in re.findall(r"`make ([a-z]+)`", README):
        assert command in targets
    for picture in re.findall(r"\((docs/images/[\w.-]+)\)", README):
        assert (ROOT / picture).is_file(), picture


def test_every_setting_is_in_its_table():
    settings = (ROOT / "portal" / "settings.py").read_text()
    for name in re.findall(r'env\.\w+\("([A-Z_]+)"', settings):
        assert f"`{name}`" in README, name
