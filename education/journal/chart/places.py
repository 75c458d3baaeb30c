"""How positions and shapes are written in a picture.

A picture of ninety nights has hundreds of shapes, and a template takes ten times as long for
one as Python does. So shapes come written; what words stand where is left to the templates.
"""

from django.utils.html import format_html
from django.utils.safestring import SafeString


def percent(value: float) -> str:
    """A place across, in percent of the picture's width."""
    return f"{value:.2f}%"


def em(value: float) -> str:
    """A place down, in the size of the picture's type."""
    return f"{value:.2f}em"


def rect(kind: str, x: str, y: str, width: str, height: str) -> SafeString:
    """A bar of this class."""
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', kind, x, y, width, height
    )


def circle(kind: str, x: str, y: str, radius: str, words: str = "") -> SafeString:
    """A dot of this class, which says its words to whoever points at it."""
    title = format_html("<title>{}</title>", words) if words else ""
    return format_html(
        '<circle class="{}" cx="{}" cy="{}" r="{}">{}</circle>', kind, x, y, radius, title
    )


def line(kind: str, x1: str, y1: str, x2: str, y2: str) -> SafeString:
    """A straight line of this class."""
    return format_html('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', kind, x1, y1, x2, y2)
