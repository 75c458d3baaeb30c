"""Reaching people by mail, without a word about health.

A mail is queued in the transaction that causes it and sent by the worker
(`manage.py db_worker`), never at night where its recipient is. The Mail row is the truth; a
task is only what wakes the worker.
"""

from .invitations import queue_invitation, queue_invitations
from .letters import ask_for_new_password, queue_letter
from .queueing import queue, try_again

__all__ = [
    "ask_for_new_password",
    "queue",
    "queue_invitation",
    "queue_invitations",
    "queue_letter",
    "try_again",
]
