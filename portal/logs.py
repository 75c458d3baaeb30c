"""What stays out of the logs."""

import logging
import re

# What follows lets somebody in, or speaks for somebody.
_SECRET = re.compile(r"(/(?:invitation|mails/stop|password/reset/key)/)[^/\s]+")


class WithoutTokens(logging.Filter):
    """Leaves the token out of an address: Django names the address of what went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        without = _SECRET.sub(r"\1…", said)
        if without != said:
            record.msg, record.args = without, ()
        return True
