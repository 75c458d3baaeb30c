"""What the clinic's server runs every day, or every hour."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.mail.delivery import tidy, wake_forgotten
from education.reading.reminders import remind


class Command(BaseCommand):
    help = (
        "Note what is due soon or overdue and queue mails to its patients; the worker "
        "(manage.py db_worker) sends them. Run it every day or more often: it may run twice, "
        "and makes up for days on which it did not."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        noted = remind()
        # Whatever became of their tasks, mails past their time are sent.
        wake_forgotten()
        tidy()
        if options["verbosity"]:
            self.stdout.write(f"Reminders noted: {noted}")
