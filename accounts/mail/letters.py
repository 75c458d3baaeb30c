"""Mails about the account itself: a way in, an address to confirm, a change to know of.

What such a mail is about is known when it is caused and sealed until it leaves; its words are
made then, in the language and time zone of whoever gets it. It waits for no morning: somebody
sits before the page that promised it, or should know at once.
"""

import json
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from accounts.models import Mail, User
from accounts.sealed import seal, unseal

from .delivery import wake
from .writing import WRITERS, Letter, Writer, absolute

NEW_PASSWORD = "account/email/password_reset_key"  # noqa: S105

Plain = str | int | bool | None


def queue_letter(person: User, template: str, to: str = "", **words: Plain) -> Mail:
    """Queue a mail about this person's account, in the caller's transaction.

    `template` as allauth names it: NAME_subject.txt, NAME_message.txt and perhaps
    NAME_message.html. It goes to the person's own address or, where theirs is about to change or
    to be erased, to another one. The words are what the templates need; `name` is the greeting's.
    """
    told = json.dumps({"template": template, "to": to, "words": words})
    now = timezone.now()
    with transaction.atomic():
        mail = Mail.objects.create(
            recipient=person, kind=Mail.Kind.ACCOUNT, letter=told, send_after=now
        )
        wake([now])
    return mail


def ask_for_new_password(address: str) -> None:
    """Somebody wants to choose a new password for the account with this address.

    The same work for any address, known or not: the worker looks who it is.
    """
    send_new_password.enqueue(seal(address))


@task()
def send_new_password(sealed_address: str) -> None:
    """Queue the mail with the link, if it is for anybody.

    Not for somebody who never had a password: it would stand in for an invitation that was
    withdrawn or has expired.
    """
    person = User.objects.with_address(unseal(sealed_address)).filter(is_active=True).first()
    if person and person.has_usable_password():
        queue_letter(person, NEW_PASSWORD)


def write(mail: Mail) -> Letter | None:
    """As it was caused; nothing when a link would open nothing any more."""
    told = json.loads(mail.letter)
    words: dict[str, Any] = {**told["words"], "at": mail.created_at}
    if told["template"] == NEW_PASSWORD:
        person = mail.recipient
        if not (person.is_active and person.has_usable_password()):
            return None
        # Made when it leaves: however late that is, the link works for its full time.
        words["password_reset_url"] = _link(person)
    return Letter(told["template"], words, to=told["to"])


def _link(person: User) -> str:
    key = default_token_generator.make_token(person)
    return absolute("account_reset_password_from_key", user_pk_to_url_str(person), key)


WRITERS[Mail.Kind.ACCOUNT] = Writer(write)
