"""Which browser that was, in words somebody knows it by."""

from typing import NamedTuple

from django.utils.translation import gettext as _

# In this order: nearly every browser also says that it is Chrome or Safari, and Android that it
# is Linux.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


class Browser(NamedTuple):
    """Names as they are on their boxes; empty where they are not known."""

    name: str
    system: str

    @property
    def words(self) -> str:
        if self.name and self.system:
            return _("%(browser)s on %(system)s") % {"browser": self.name, "system": self.system}
        return self.name or self.system or _("A browser that we don’t know")


def browser_of(user_agent: str) -> Browser:
    """What a browser says of itself, if it says the truth: good to recognize one's own by."""
    name = _first(_BROWSERS, user_agent)
    return Browser(name, _first(_SYSTEMS, user_agent))


def _first(known: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for mark, name in known if mark in said), "")
