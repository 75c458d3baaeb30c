"""Everything a portal has to keep, in one file: made while it serves, checked, brought back.

archive     the file: a compressed tar of database and figures, with the checksum of each
encryption  that file for whoever has the private key only (age)
databases   what differs between SQLite and PostgreSQL
making      manage.py backup
restoring   manage.py restore
"""


class BackupError(Exception):
    """A sentence for whoever runs the command: what is wrong, and what to do."""
