"""All addresses of the portal, for tests that walk them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass
class Address:
    """One URL pattern with its route; its full name, or its path where it has none."""

    name: str
    route: str
    view: Any

    @property
    def is_ours(self) -> bool:
        module = getattr(self.view, "__module__", "")
        return module.split(".")[0] in {"portal", "accounts", "education"}


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns, "", ""))


def plain(route: str) -> str:
    """A route without the marks of regular expressions."""
    return re.sub(r"\^|\$|\\Z", "", route)


def filled(route: str, value: Any) -> str:
    """The path of a route with this value for each of its arguments."""
    path = re.sub(r"<[^>]+>|\((?:\?P<[^>]+>)?[^)]*\)", lambda _match: str(value), plain(route))
    return "/" + re.sub(r"[()\[\]\\?+]", "", path)


def _walk(patterns: list[Any], namespace: str, route: str) -> Iterator[Address]:
    for pattern in patterns:
        path = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, path)
        elif isinstance(pattern, URLPattern):
            name = f"{namespace}{pattern.name}" if pattern.name else "/" + plain(path)
            yield Address(name, path, pattern.callback)
