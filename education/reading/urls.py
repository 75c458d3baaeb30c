from django.urls import path, register_converter

from education.articles.models import Level

from . import look
from .views import beacon, changes, library, reader, saying


class LevelConverter:
    """One of the three levels."""

    regex = "|".join(Level.values)

    def to_python(self, value: str) -> Level:
        return Level(value)

    def to_url(self, value: str) -> str:
        return str(value)


class EditionNumberConverter:
    """An edition's number, small enough for its column."""

    regex = "[1-9][0-9]{0,3}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(LevelConverter, "level")
register_converter(EditionNumberConverter, "number")

app_name = "reading"

urlpatterns = [
    path("", library.library, name="library"),
    # Two parts: it hides no article, whatever its slug.
    path("look/keep/", look.keep, name="look"),
    path("evidence/seen/", beacon.note, name="evidence"),
    path("<slug:slug>/", reader.article, name="article"),
    path("<slug:slug>/<level:level>/", reader.reader, name="reader"),
    path("<slug:slug>/<level:level>/finished/", saying.finish, name="finish"),
    path("<slug:slug>/<level:level>/understood/", saying.understand, name="understand"),
    path("<slug:slug>/<level:level>/changes/", changes.changes, name="changes"),
    path("<slug:slug>/<level:level>/edition/<number:number>/", reader.preview, name="preview"),
]
