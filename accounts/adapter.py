"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Nobody signs up; people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
