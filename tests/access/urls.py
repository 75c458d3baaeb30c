"""All addresses of the portal, for tests that walk them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass
class Address:
    """One URL pattern with its full name and route."""

    name: str
    route: str
    view: Any

    @property
    def is_ours(self) -> bool:
        module = getattr(self.view, "__module__", "")
        return module.split(".")[0] in {"portal", "accounts", "education"}


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[Any], namespace: str, route: str) -> Iterator[Address]:
    for pattern in patterns:
        path = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, path)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", path, pattern.callback)
