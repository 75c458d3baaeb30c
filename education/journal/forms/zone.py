"""The time zone in which the times of a night were read off a clock."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_lazy

# Where people live. The other names of the database are older names of these, or offsets.
REGIONS: dict[str, str | Promise] = {
    "Africa": gettext_lazy("Africa"),
    "America": gettext_lazy("America"),
    "Antarctica": gettext_lazy("Antarctica"),
    "Arctic": gettext_lazy("Arctic"),
    "Asia": gettext_lazy("Asia"),
    "Atlantic": gettext_lazy("Atlantic"),
    "Australia": gettext_lazy("Australia"),
    "Europe": gettext_lazy("Europe"),
    "Indian": gettext_lazy("Indian Ocean"),
    "Pacific": gettext_lazy("Pacific"),
}
COMMON = (
    "America/Anchorage", "America/Argentina/Buenos_Aires", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "America/Toronto",
    "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Asia/Dubai", "Asia/Hong_Kong",
    "Asia/Kolkata", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney",
    "Europe/Athens", "Europe/Berlin", "Europe/Istanbul", "Europe/London", "Europe/Paris",
    "Pacific/Auckland", "UTC",
)  # fmt: skip
LONGEST_ZONE = 64


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """All names of the time zone database, which would be read from the disk each time."""
    return frozenset(available_timezones())


def zone_words(key: str) -> str:
    """The place in the name of a zone: "Buenos Aires" for America/Argentina/Buenos_Aires."""
    return key.rpartition("/")[2].replace("_", " ")


def _options(keys: Iterable[str]) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}">{}</option>',
        ((key, zone_words(key)) for key in sorted(keys, key=zone_words)),
    )


@lru_cache(maxsize=20)
def _all_options(_language: str | None) -> SafeString:
    """The common zones, then all others by region, in the language that is active now."""
    groups = [(gettext("Common"), _options(key for key in COMMON if key in _known()))]
    for region, name in REGIONS.items():
        keys = [key for key in _known() if key.startswith(f"{region}/") and key not in COMMON]
        groups.append((str(name), _options(keys)))
    return format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)


class ZoneSelect(forms.Select):
    """Some 450 zones: written once, and then only the chosen one is put on top."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        key = str(value or "")
        chosen = format_html('<option value="{}" selected>{}</option>', key, zone_words(key))
        return format_html(
            "<select{}>{}{}</select>",
            flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name})),
            chosen if key else "",
            _all_options(get_language()),
        )

    def format_value(self, value: Any) -> list[str]:
        return [str(value or "")]


class ZoneField(forms.CharField):
    """The name of an IANA time zone; left out, the night stays in the zone that it has."""

    widget = ZoneSelect
    default_error_messages = {"unknown": gettext_lazy("Choose a place from the list.")}

    def to_python(self, value: Any) -> str:
        key = super().to_python(value)
        if key and key not in _known():
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return key
