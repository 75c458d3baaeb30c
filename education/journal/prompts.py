"""Questions of our own to write to, when nothing else is on one's mind.

They are open and ask for nothing in particular; nobody is marked for an answer.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A key stands in addresses and in the names of drafts: it stays when the words change.
PROMPTS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "mind": _("What goes through your mind when you lie awake?"),
        "rest": _("What has helped you rest lately, even a little?"),
        "evening": _("How do your evenings go before you get into bed?"),
        "morning": _("How do you feel in the first hour of the day?"),
        "day": _("How do your nights show in your days?"),
        "put-down": _("What would you like to leave on this page before you go to bed?"),
        "tried": _("What have you tried for your sleep, and how was that?"),
        "changed": _("What has changed since your last visit?"),
        "people": _("Who or what is good for you on a tired day?"),
        "wish": _("What would you do more of if you slept the way you want to?"),
        "tell": _("What would you like your care team to understand?"),
    }
)


def prompt_text(key: str) -> str | None:
    """The words of a prompt of ours in the active language; None where there is none."""
    return str(PROMPTS[key]) if key in PROMPTS else None
