"""What a mail says is made when it leaves: plain text and HTML, in its recipient's language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import ClinicProfile, Mail, User


@dataclass(frozen=True)
class Letter:
    """What to send: NAME_subject.txt, NAME.txt and NAME.html, and what they need.

    allauth's letters end in _message.txt, and have HTML of their own only where it says more.
    """

    template: str
    context: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    # Where else than to the recipient's own address.
    to: str = ""
    # Called in the transaction that notes the mail as sent.
    when_sent: Callable[[], object] = lambda: None


def _nothing(_mail: Mail) -> None:
    return None


@dataclass(frozen=True)
class Writer:
    """Who writes the mails of a kind."""

    # Returns None when there is nothing left to say.
    write: Callable[[Mail], Letter | None]
    # Called in the transaction that notes the mail as sent or as not needed: what was to be said
    # after it was written may need another mail.
    afterwards: Callable[[Mail], object] = _nothing


# By kind of mail; each app adds its own when it is ready.
WRITERS: dict[str, Writer] = {}


def absolute(name: str, *args: Any) -> str:
    """The whole address of a page: a mail is read elsewhere, and the worker knows no request."""
    return settings.PORTAL_URL + reverse(name, args=args)


def message(letter: Letter, recipient: User) -> EmailMultiAlternatives:
    """The letter as a mail, in the language and time zone of its recipient."""
    known = translation.check_for_language(recipient.language)
    language = recipient.language if known else settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(recipient.zone):
        context = {
            "user": recipient,
            "clinic": ClinicProfile.current(),
            "language": language,
            **letter.context,
        }
        subject = render_to_string(f"{letter.template}_subject.txt", context)
        name = letter.template
        text = render_to_string([f"{name}.txt", f"{name}_message.txt"], context)
        html = render_to_string(
            [f"{name}.html", f"{name}_message.html", "accounts/mail/letter.html"],
            # Stripped, they are not what a template made any more: here they are escaped.
            {**context, "subject": subject.strip(), "text": text.strip()},
        )
    mail = EmailMultiAlternatives(
        # A header is one line, whatever the clinic is called.
        " ".join(subject.split()),
        text.strip() + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [letter.to or recipient.email],
        # Nobody's "out of office" needs to answer.
        headers={"Auto-Submitted": "auto-generated", **letter.headers},
    )
    mail.attach_alternative(html, "text/html")
    return mail
