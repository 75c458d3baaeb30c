"""How gunicorn serves the portal, here and in a clinic (behind a buffering TLS proxy)."""

import os
import shutil
import signal
import tempfile

bind = "127.0.0.1:8000"
preload_app = True

# Two processes of four threads suit SQLite, which has one writer at a time, and keep 2 × 8
# pooled connections at most on PostgreSQL. WEB_CONCURRENCY sets the processes.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))

# A fresh process now and then, not all at once.
max_requests = 5000
max_requests_jitter = 500

# The database gives up after 15 seconds (portal/settings.py), well before a worker is killed.
timeout = 60
graceful_timeout = 25
keepalive = 5

limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

# The portal writes a line for each request itself (portal/observing.py), without its address.
# Once Django has begun, gunicorn's own lines go the same way (portal/logs.py).
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True

# A heartbeat file on a disk can stall a worker; memory cannot.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # nosec B108

# Where the processes add up their figures (portal/metrics.py). This file is read again on HUP.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="portal-metrics-", dir=worker_tmp_dir
    )


def when_ready(server):
    """Say that the portal can be opened, once it really can.

    All addresses are read here, once, instead of by each process when it is first asked.
    """
    from django.urls import get_resolver

    _all = get_resolver().url_patterns
    line = os.environ.get("READY_LINE")
    if line:
        print(line, flush=True)


def post_fork(server, worker):
    """A database connection must never be shared by two processes."""
    from django.db import connections

    connections.close_all()


def post_worker_init(worker):
    """Leave Ctrl-C to the master, which then stops the workers.

    A terminal sends it to all processes; a worker that stops itself while the master stops it
    as well can wait for its own lock and has to be killed in the end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def on_exit(server):
    """The figures begin anew with the next server."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
