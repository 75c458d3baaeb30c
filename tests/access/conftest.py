"""The world in which permissions are tried."""

import pytest
from django.test import Client

from .world import an_hour_later, people, things_of


@pytest.fixture
def world(db):
    """Paula, those around her, and something of hers at every address."""
    everybody = people()
    things = things_of(everybody["own"], everybody["clinician"], everybody["stranger"])
    return {"people": everybody, **things}


@pytest.fixture
def client_of(world, signed_in):
    """client_of(person) for one of PEOPLE: signed in a moment ago, or not at all."""

    def of(person: str) -> Client:
        user = world["people"][person]
        if user is None:
            return Client(raise_request_exception=False)
        client = signed_in(user, raise_request_exception=False)
        if person == "own-later":
            an_hour_later(client)
        if person == "deactivated":
            type(user).objects.filter(pk=user.pk).update(is_active=False)
        return client

    return of
