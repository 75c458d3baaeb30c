"""Which articles of the library somebody wants to see: topic, level, reading time, news, own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, TextChoices
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from education.articles.models import Article, Edition, Level

from .models import Assignment, Reading

NEWS_DAYS = 30


class Time(TextChoices):
    """How long reading a level may take."""

    SHORT = "5", _("Up to 5 min")
    MEDIUM = "10", _("Up to 10 min")
    LONG = "more", _("Over 10 min")


class Own(TextChoices):
    """What a patient has to do with an article, one fact each."""

    ASSIGNED = "assigned", _("From your care team")
    OPENED = "opened", _("Opened")
    FINISHED = "finished", _("Finished")
    UNOPENED = "unopened", _("Not opened yet")


_MINUTES = {
    Time.SHORT: Q(reading_minutes__lte=5),
    Time.MEDIUM: Q(reading_minutes__lte=10),
    Time.LONG: Q(reading_minutes__gt=10),
}


def news_since() -> datetime:
    """What came out after this moment is new."""
    return timezone.now() - timedelta(days=NEWS_DAYS)


@dataclass(frozen=True)
class Shelf:
    """A part of the library; without any choice, all of it."""

    user: User
    topic: str = ""
    level: str = ""
    time: str = ""
    own: str = ""
    news: bool = False

    @classmethod
    def asked_for(cls, user: Any, query: QueryDict) -> "Shelf":
        """What an address asks for; what it can't mean is left out."""
        return cls(
            user,
            topic=query.get("topic", "")[:80],
            level=_one_of(Level.values, query.get("level")),
            time=_one_of(Time.values, query.get("time")),
            own=_one_of(Own.values, query.get("own")) if user.is_patient else "",
            news=query.get("news") == "1",
        )

    @property
    def choices(self) -> dict[str, str]:
        """What has been chosen, as it stands in an address."""
        chosen = {
            "own": self.own,
            "topic": self.topic,
            "level": self.level,
            "time": self.time,
            "news": "1" if self.news else "",
        }
        return {name: value for name, value in chosen.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the choices is made that are folded away at first."""
        return bool(self.level or self.time or self.news)

    @property
    def condition(self) -> Q:
        """What a published edition has to be to stand here."""
        condition = Q()
        if self.topic:
            tagged = Article.objects.filter(topics__slug=self.topic)
            condition &= Q(article__in=tagged.values("pk"))
        if self.level:
            condition &= Q(level=self.level)
        if self.time:
            condition &= _MINUTES[Time(self.time)]
        if self.news:
            recent = Edition.objects.published().filter(published_at__gte=news_since())
            condition &= Q(article__in=recent.values("article"))
        if self.own:
            condition &= self._own()
        return condition

    def _own(self) -> Q:
        if self.own == Own.ASSIGNED:
            mine = Assignment.objects.visible_to(self.user).open()
            return Q(article__in=mine.values("article"))
        fact = "finished_at" if self.own == Own.FINISHED else "opened_at"
        read = Reading.objects.visible_to(self.user).filter(**{f"{fact}__isnull": False})
        known = Q(article__in=read.order_by().values("edition__article"))
        return ~known if self.own == Own.UNOPENED else known

    def articles(self) -> list[int]:
        """The ids of what stands here, by title: one query for page and number."""
        editions: QuerySet[Edition] = Edition.objects.published().filter(self.condition)
        articles = Article.objects.filter(pk__in=editions.values("article"))
        return list(articles.order_by("title", "pk").values_list("pk", flat=True))


def _one_of(values: list[Any], wanted: str | None) -> str:
    return wanted if wanted is not None and wanted in values else ""
