"""The consent text as an administrator types it, as HTML."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Paragraphs, headings, lists, emphasis and links; no HTML of its own and no pictures.
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["image", "code", "fence"])


def as_html(text: str) -> SafeString:
    """Markdown as safe HTML; headings begin below the page's own."""
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _lower(token)
    # The parser escapes whatever it does not know, and refuses addresses that run scripts.
    return mark_safe(_PARSER.renderer.render(tokens, _PARSER.options, {}))  # noqa: S308


def _lower(heading: Token) -> str:
    return {"h1": "h2", "h2": "h2"}.get(heading.tag, "h3")
