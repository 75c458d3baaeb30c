"""What waits for somebody: the lists on the admin's front page, and the filters behind them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Window
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from education.glossary.models import Term

from .citations import articles_citing
from .models import Article, Edition, Level, Reference, State

SHOWN = 5
DUE_WITHIN_DAYS = 30

# What to do about editions, by the value of the filter.
EDITION_WORK = {
    "waiting": gettext_lazy("Waiting for review"),
    "own": gettext_lazy("Yours, waiting for review"),
    "sent-back": gettext_lazy("Sent back"),
    "drafts": gettext_lazy("Drafts in work"),
    "overdue": gettext_lazy("Overdue for review"),
    "due": gettext_lazy("Due for review"),
}


@dataclass
class Row:
    """One thing to do, with its place in the admin."""

    text: str
    url: str
    detail: str = ""


@dataclass
class WorkList:
    """The first few things of one kind, how many there are, and where all of them are."""

    title: str
    count: int
    url: str
    rows: list[Row]


def work_on_editions(editions: QuerySet[Edition], what: str, user: Any) -> QuerySet[Edition]:
    """The editions that wait for this, what waits longest first."""
    today = timezone.localdate(timezone=user.zone)
    soon = today + timedelta(days=DUE_WITHIN_DAYS)
    published = Q(state=State.PUBLISHED)
    conditions = {
        "waiting": Q(state=State.REVIEW) & ~Q(author=user),
        "own": Q(state=State.REVIEW, author=user),
        "sent-back": Q(state=State.DRAFT) & ~Q(review_note=""),
        "drafts": Q(state=State.DRAFT, review_note=""),
        "overdue": published & Q(next_review_on__lt=today),
        "due": published & Q(next_review_on__gte=today, next_review_on__lte=soon),
    }
    order = "next_review_on" if what in ("due", "overdue") else "updated_at"
    return editions.filter(conditions[what]).order_by(order, "pk")


def articles_with_gaps(articles: QuerySet[Article]) -> QuerySet[Article]:
    """Articles of which a level is neither published nor in work."""
    editions = Edition.objects.filter(article=OuterRef("pk")).exclude(state=State.RETIRED)
    complete = Q()
    for level in Level:
        complete &= Q(Exists(editions.filter(level=level)))
    return articles.exclude(complete)


def unchecked_references() -> list[tuple[Reference, bool]]:
    """References that nobody has checked, and whether a text in use cites them: those first.

    The texts are read once, whatever the number of references: a database would look through all
    of them for each.
    """
    open_ones = list(Reference.objects.filter(checked_on__isnull=True).order_by("key"))
    cited = articles_citing() if open_ones else {}
    return sorted(
        ((one, one.key in cited) for one in open_ones), key=lambda row: (not row[1], row[0].key)
    )


def for_user(user: Any) -> list[WorkList]:
    """What an editor or a reviewer may want to do next; nothing for anybody else.

    One query for each list, and one for the levels of the articles in it.
    """
    if not (user.is_editor or user.is_reviewer):
        return []
    lists = [_of_editions(what, str(title), user) for what, title in EDITION_WORK.items()]
    return [*lists, _of_articles(), _of_terms(), _of_references()]


def _first(rows: QuerySet[Any]) -> tuple[list[Any], int]:
    """The first few rows and the number of all, in one query."""
    found = list(rows.annotate(in_all=Window(Count("*")))[:SHOWN])
    return found, found[0].in_all if found else 0


def _list(name: str, query: str) -> str:
    return f"{reverse(f'admin:{name}_changelist')}?{query}"


def _of_editions(what: str, title: str, user: Any) -> WorkList:
    editions = Edition.objects.select_related("article", "author")
    found, count = _first(work_on_editions(editions, what, user))
    rows = [
        Row(
            f"{edition.article.title} · {edition.get_level_display()}",
            reverse("admin:articles_edition_change", args=[edition.pk]),
            _detail(edition, what, user),
        )
        for edition in found
    ]
    return WorkList(title, count, _list("articles_edition", f"work={what}"), rows)


def _detail(edition: Edition, what: str, user: Any) -> str:
    if what in ("due", "overdue"):
        return _("due %(day)s") % {"day": _day(edition.next_review_on)}
    since = _day(timezone.localdate(edition.updated_at, user.zone))
    if what == "own":
        return _("since %(day)s") % {"day": since}
    return _("by %(who)s, %(day)s") % {"who": edition.author, "day": since}


def _day(day: date | None) -> str:
    return date_format(day) if day else ""


def _of_articles() -> WorkList:
    articles = articles_with_gaps(Article.objects.all()).order_by("title", "pk")
    found, count = _first(articles)
    there: dict[int, set[str]] = {}
    in_use = Edition.objects.filter(article__in=found).exclude(state=State.RETIRED)
    for article, level in in_use.values_list("article", "level"):
        there.setdefault(article, set()).add(level)
    rows = [
        Row(
            article.title,
            reverse("admin:articles_article_change", args=[article.pk]),
            ", ".join(
                str(level.label) for level in Level if level not in there.get(article.pk, set())
            ),
        )
        for article in found
    ]
    return WorkList(
        _("Articles without a level"), count, _list("articles_article", "work=gap"), rows
    )


def _of_terms() -> WorkList:
    terms = Term.objects.filter(plain_definition="", technical_definition="").order_by("name")
    found, count = _first(terms)
    rows = [Row(term.name, reverse("admin:glossary_term_change", args=[term.pk])) for term in found]
    return WorkList(
        _("Terms without a definition"), count, _list("glossary_term", "definition=none"), rows
    )


def _of_references() -> WorkList:
    found = unchecked_references()
    rows = [
        Row(
            reference.title,
            reverse("admin:articles_reference_change", args=[reference.pk]),
            _("cited in an article") if is_cited else "",
        )
        for reference, is_cited in found[:SHOWN]
    ]
    return WorkList(
        _("References nobody has checked"),
        len(found),
        _list("articles_reference", "checked=no"),
        rows,
    )
