"""The journal's part in what a patient may ask for: all of it as files, and all of it gone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.privacy.parts import CHUNK, Column, Expiry, Part, Table
from accounts.sealed import Unreadable
from education.journal import columns, table
from education.journal.models import Draft, Night, Preferences, Reflection
from education.journal.words import day_words, night_words

# What was begun and never saved. Nobody comes back to it after so long.
DRAFTS_KEPT = timedelta(days=365)


def _words(name: str, meaning: Any) -> Column:
    return Column(name, meaning, lambda entry: str(getattr(entry, name)))


_WRITTEN = [Column.of("created_at", _("First saved")), Column.of("updated_at", _("Last changed"))]
_NIGHT_ON_PAGE = [
    Column("night", _("Night"), lambda night: night_words(night.diary_date)),
    *(Column("", one.title, one.words) for one in table.COLUMNS),
    _words("medicine", _("Medicine for sleep")),
    _words("note", _("Note")),
    Column.of("numbers_shared_at", _("Numbers shared since")),
    Column.of("words_shared_at", _("Words shared since")),
]
_REFLECTION_ON_PAGE = [
    Column("on", _("Written on"), lambda one: day_words(one.on)),
    Column("prompt", _("The question"), lambda one: one.prompt_text),
    Column("article", _("From"), lambda one: one.edition and one.edition.article.title),
    _words("text", _("What you wrote")),
    Column.of("shared_at", _("Shared since")),
]


def _nights(person: User) -> Iterable[Night]:
    return Night.objects.filter(patient=person).order_by("diary_date").iterator(CHUNK)


def _reflections(person: User) -> Iterable[Reflection]:
    rows = Reflection.objects.filter(patient=person).select_related("edition__article")
    return rows.order_by("on", "pk").iterator(CHUNK)


def _drafts(person: User) -> Iterable[Draft]:
    return Draft.objects.filter(patient=person).order_by("pk").iterator(CHUNK)


def _typed(draft: Draft) -> str:
    if isinstance(draft.fields, Unreadable):
        return str(draft.fields)
    return "\n".join(f"{name}: {value}" for name, value in draft.answers.items() if value)


TABLES = [
    Table(
        "nights",
        _("Your nights"),
        _("Every night that you wrote down, shared or not."),
        [
            *columns.NIGHTS,
            Column.of("numbers_shared_at", _("Numbers shared since")),
            Column.of("words_shared_at", _("Words shared since")),
            *_WRITTEN,
        ],
        _nights,
        page=_NIGHT_ON_PAGE,
    ),
    Table(
        "reflections",
        _("Your reflections"),
        _("Every reflection, shared or not, with the question that it answers."),
        [*columns.REFLECTIONS, Column.of("shared_at", _("Shared since")), *_WRITTEN],
        _reflections,
        page=_REFLECTION_ON_PAGE,
    ),
    Table(
        "drafts",
        _("What you have begun and not saved"),
        _("Kept for you as you typed it."),
        [
            Column("form", _("Where"), lambda draft: draft.form),
            Column("typed", _("What you typed"), _typed),
            Column.of("updated_at", _("Last typed")),
        ],
        _drafts,
    ),
    Table(
        "journal-settings",
        _("How you keep the journal"),
        _("What new entries begin with."),
        [
            Column.of("shares_numbers", _("New nights share their numbers")),
            Column.of("shares_words", _("New nights share their words")),
            Column.of("shares_reflections", _("New reflections are shared")),
            Column.of("asks_more", _("The optional questions are shown")),
        ],
        lambda person: Preferences.objects.filter(patient=person),
    ),
]


def holds(person: User) -> list[str]:
    """What there is, in words. Three queries."""
    nights = Night.objects.filter(patient=person).count()
    reflections = Reflection.objects.filter(patient=person).count()
    drafts = Draft.objects.filter(patient=person).count()
    said = [
        (nights, ngettext("%(n)s night", "%(n)s nights", nights)),
        (reflections, ngettext("%(n)s reflection", "%(n)s reflections", reflections)),
        (
            drafts,
            ngettext(
                "%(n)s entry begun and not saved", "%(n)s entries begun and not saved", drafts
            ),
        ),
    ]
    return [words % {"n": f"{n:,}"} for n, words in said if n]


def erase(person: User) -> None:
    """All entries, drafts, what could be taken back, and the wishes for new entries."""
    with transaction.atomic():
        for model in (Draft, Night, Reflection, Preferences):
            model.objects.filter(patient=person).delete()


def _old_drafts(now: datetime) -> QuerySet:
    return Draft.objects.filter(updated_at__lt=now - DRAFTS_KEPT)


PART = Part(30, TABLES, erase, holds)
OLD_DRAFTS = Expiry("what was begun in a journal a year ago", _old_drafts)
