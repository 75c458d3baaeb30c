"""Fills an empty database with people who have signed in: python -m tests.faults.people COUNT

Prints JSON: the session key of each patient, and of a clinician who treats them all.
"""

import json
import sys

import django


def main(count: int) -> None:
    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from tests.factories import CareRelationshipFactory, ClinicianFactory, PatientFactory

    def key_of(person) -> str:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        return session.session_key

    call_command("migrate", verbosity=0, interactive=False)
    clinician = ClinicianFactory(password=None)
    patients = []
    for _number in range(count):
        patients.append(PatientFactory(password=None))
        CareRelationshipFactory(clinician=clinician, patient=patients[-1])
    keys = {
        "patients": [key_of(one) for one in patients],
        "ids": [one.pk for one in patients],
        "clinician": key_of(clinician),
    }
    print(json.dumps(keys))


if __name__ == "__main__":
    main(int(sys.argv[1]))
