"""What is logged, and what never is: no names, no words, no addresses of pages or people.

On a real host each line is JSON for whoever collects logs; on this machine it is for reading.
"""

import logging
import re
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict

# What a line may carry beside its message; everything else that comes along is dropped.
FACTS = [
    "route", "method", "status", "ms", "role", "user", "ip", "factor", "task", "error", "directive",
]  # fmt: skip

# What follows lets somebody in, or speaks for somebody.
_SECRET = re.compile(r"(/(?:invitation|mails/stop|password/reset/key|confirm-email)/)[^/\s]+")
_MAIL_ADDRESS = re.compile(r"[^\s@<>\"'()=:,;]+@[^\s@<>\"'()=:,;]+")

# Errors whose message is about code or the machine, not about what somebody wrote.
_HARMLESS = (AttributeError, NameError, ImportError, RecursionError, MemoryError)
_DATABASE = ("OperationalError", "InterfaceError")


class WithoutPersonalText(logging.Filter):
    """Takes out of a record what libraries put in: addresses with ids and queries, tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(("django.request", "django.security")):
            # Django names the address, and what was wrong with it in the words that were sent.
            record.msg, record.args = f"answered {getattr(record, 'status_code', '')}".strip(), ()
        elif record.name.startswith("gunicorn"):
            # Numbers and signals of processes are useful; texts are what a client sent.
            args = record.args if isinstance(record.args, tuple) else ()
            record.args = tuple(
                "…" if isinstance(one, str) and not one.startswith("SIG") else one for one in args
            )
            record.msg = str(record.msg).partition(" from ip=")[0]
        else:
            said = record.getMessage()
            without = _MAIL_ADDRESS.sub("…", _SECRET.sub(r"\1…", said))
            if without != said:
                record.msg, record.args = without, ()
        return True


def safe_traceback(error: BaseException) -> str:
    """Where it went wrong, as file, line and code; what it said only if that is harmless.

    No local variables, no parameters of a query, no value of a form.
    """
    parts: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        said = _harmless_message(one)
        name = f"{type(one).__module__}.{type(one).__qualname__}".removeprefix("builtins.")
        frames = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"{frames}{name}{': ' if said else ''}{said}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\n\nwhich came from:\n\n".join(parts)


def _harmless_message(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    names = {base.__name__ for base in type(error).__mro__}
    if names.intersection(_DATABASE):
        # Further lines may quote the statement, which may quote a person.
        return _MAIL_ADDRESS.sub("…", str(error).partition("\n")[0])[:200]
    if isinstance(error, _HARMLESS) or "ImproperlyConfigured" in names:
        return str(error)
    return ""


def _exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    found: tuple[Any, BaseException | None, TracebackType | None] | None = event["_record"].exc_info
    event.pop("exc_info", None)
    if found and found[1] is not None:
        event["exception"] = safe_traceback(found[1])
    return event


def configuration(*, as_json: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING: all of it to stderr, where systemd or a container picks it up."""
    before = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=FACTS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if as_json:
        before.append(_exception)
        renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_personal_text": {"()": "portal.logs.WithoutPersonalText"}},
        "formatters": {
            "line": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": before,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["without_personal_text"],
            },
            "nowhere": {"class": "logging.NullHandler"},
        },
        "loggers": {
            # Django prints on its own beside ours otherwise.
            "django": {"handlers": [], "propagate": True},
            # The line of the request says 403 and 404 already.
            "django.request": {"level": "ERROR"},
            # Our worker has a line for each task.
            "django_tasks": {"level": "ERROR"},
            "django_tasks_db": {"level": "ERROR"},
            # Statements come with their parameters.
            "django.db.backends": {"level": "INFO"},
            # Scanners that ask for other hosts get their 400 without a line for each.
            "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
            "gunicorn.error": {"handlers": ["stderr"], "propagate": False},
        },
        "root": {"handlers": ["stderr"], "level": level},
    }
