"""Messages that offer Undo."""

from django.contrib import messages
from django.http import HttpRequest


def say(request: HttpRequest, text: str, *, undo: str) -> None:
    """A message with a button that takes the action back."""
    messages.success(request, text, extra_tags=f"undo:{undo}")
