"""What the glossary tells the rest of the portal."""

from django.db import connection, transaction
from django.dispatch import Signal

# Sent once after each transaction in which a term or an alias has changed.
glossary_changed = Signal()


def tell_after_commit() -> None:
    """Send `glossary_changed` when this transaction is through, however often it is called.

    What a receiver does wrong is logged and never undoes or hides that the change was saved.
    """
    if not any(function is _tell for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_tell, robust=True)


def _tell() -> None:
    glossary_changed.send(sender="education.glossary")
