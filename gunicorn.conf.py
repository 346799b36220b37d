"""Gunicorn's configuration, and its hooks.

The arbiter loads this file before gevent patches anything. So its top level imports nothing of the
project, and only what needs no patch; the hooks of a worker import the project inside. What they
need of gunicorn's private interfaces is in `qader_sse/web/streaming/gunicorn_adapter.py`.
"""

import os
import resource
import runpy
import shutil
import sys
import tempfile
import time
from pathlib import Path

from gunicorn.glogging import Logger

# By their files, because to import the package would import the app, before gevent patches. A wheel
# has all of them in one folder.
_here = os.path.dirname(os.path.abspath(__file__))
_package = os.path.join(_here, "qader_sse")
_folder = _package if os.path.isdir(_package) else _here
_FORMATTERS = runpy.run_path(os.path.join(_folder, "log_format.py"))["FORMATTERS"]
_why_not_to_listen = runpy.run_path(os.path.join(_folder, "listening_checks.py"))[
    "why_not_to_listen"
]
_MOST_FILES = runpy.run_path(os.path.join(_folder, "process_limits.py"))["MOST_FILES"]

_host = os.environ.get("HOST", "127.0.0.1")
bind = [f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT', '8000')}"]
if _metrics_address := os.environ.get("METRICS_ADDRESS"):
    bind.append(_metrics_address)
worker_class = "gevent"
preload_app = False  # the app must be imported after the worker has patched the socket module

# The most connections that gunicorn serves in a worker, idle ones included. Streams do not count,
# because their connections are handed over to the dispatcher. Where they are not, as with TLS in
# gunicorn itself, they count, and MAX_STREAMS must be below this.
worker_connections = 4_000
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(_soft, min(_hard, _MOST_FILES)), _hard))
# Any value above 0 switches keep-alive on; qader_sse/web/streaming/keep_alive.py sets the times.
keepalive = 5
timeout = 30  # seconds without an iteration of the event loop after which a worker is replaced
# How long a stopping worker may take before it is killed: LAME_DUCK_SECONDS (2), then DRAIN_SECONDS
# (5); the rest is for slow requests.
graceful_timeout = 25
# Addresses whose X-Forwarded-* headers are trusted: the load balancer's; `*` for a unix socket.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
# No other header of a request is taken for what the server says of it. By default a proxy's, and so a
# client's whose header the proxy passes on, would name the path prefix (SCRIPT_NAME).
forwarder_headers = ""
control_socket_disable = True  # gunicorn would create it in the home folder
accesslog = None  # gunicorn writes a stream's line at its end only; see web/access_log.py


class logger_class(Logger):  # noqa: N801  # the name of the setting
    """Writes gunicorn's lines as the service writes its own."""

    def setup(self, cfg):
        super().setup(cfg)
        # A format that is none is refused by the workers, in a sentence.
        kind = _FORMATTERS.get(os.environ.get("LOG_FORMAT"), _FORMATTERS["console"])
        for handler in self.error_log.handlers:
            handler.setFormatter(kind())


def on_starting(server):
    environ = os.environ
    if server.cfg.workers > 1 and (environ.get("DATABASE_URL") or "sqlite").startswith("sqlite"):
        problem = (
            "DATABASE_URL is SQLite, which serves one worker only. Point it to PostgreSQL, or"
            " leave out --workers and WEB_CONCURRENCY."
        )
    elif server.cfg.workers > 1 and not environ.get("REDIS_URL"):
        problem = (
            "REDIS_URL is not set, and several workers need a bus between them. Set it to"
            " redis://host:port, or leave out --workers and WEB_CONCURRENCY."
        )
    else:
        problem = _why_not_to_listen(server.cfg.address, environ)
    if problem:
        sys.exit(f"qader_sse does not start: {problem}")
    # By files in this folder, workers know what the others count: see metrics/shared_files.py.
    server.metrics_folder = tempfile.mkdtemp(prefix="qader-metrics-")
    # All workers count time from this moment, also those that start after somebody has set the wall
    # clock: see qader_sse/clock.py.
    environ["CLOCK_ANCHOR"] = f"{time.time()} {time.clock_gettime(time.CLOCK_BOOTTIME)}"


def pre_fork(server, worker):
    # The lowest number that no worker has: it goes on from the counts of the last one that had it.
    taken = {other.metrics_number for other in server.WORKERS.values()}
    worker.metrics_number = min(set(range(len(taken) + 1)) - taken)
    worker.metrics_folder = server.metrics_folder


def child_exit(server, worker):
    # What it counted stays, but what it had at its end is no more.
    for file in Path(server.metrics_folder).glob(f"gauge_*_{worker.metrics_number}.db"):
        file.unlink()


def on_exit(server):
    shutil.rmtree(server.metrics_folder, ignore_errors=True)


def when_ready(server):
    """Say what to do next, as `make run` wants it: only now is it true that the service listens."""
    if next_steps := os.environ.get("NEXT_STEPS"):
        print(next_steps, flush=True)


def limits_that_do_not_fit(cfg, settings):
    if cfg.is_ssl and settings.max_streams >= cfg.worker_connections:
        return (
            "with TLS in gunicorn, MAX_STREAMS must stay below worker_connections"
            f" ({cfg.worker_connections}), or streams would leave no connection for REST."
        )
    from qader_sse import process_limits

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if process_limits.files_needed(settings.max_streams) > files:
        return (
            f"MAX_STREAMS is {settings.max_streams}, and a worker may have {files} files open."
            f" Set it to {process_limits.most_streams(files)} or less, or raise the limit (ulimit -n)."
        )
    stopping = settings.lame_duck_seconds + settings.drain_seconds
    if process_limits.is_killed_while_stopping(stopping, cfg.graceful_timeout):
        return (
            "LAME_DUCK_SECONDS and DRAIN_SECONDS must together stay well below graceful_timeout"
            f" ({cfg.graceful_timeout}), or gunicorn would kill a stopping worker before its streams"
            " have ended."
        )
    return None


def post_worker_init(worker):
    import gc
    import logging

    from qader_sse import background, log_setup, why_not_to_start
    from qader_sse.metrics import worker_metrics
    from qader_sse.web.health_listener import HealthListener
    from qader_sse.web.streaming import gunicorn_adapter, self_test

    app = worker.wsgi
    service = app.extensions["qader_sse"]
    log_setup.install(service.settings.log_format)
    # Only the first workers refuse to start: a worker that replaces one of them while the database
    # is away has to start and wait.
    if gunicorn_adapter.is_first(worker) and (
        reason := limits_that_do_not_fit(worker.cfg, service.settings) or why_not_to_start(app)
    ):
        print(f"qader_sse does not start: {reason}", file=sys.stderr, flush=True)
        sys.exit(gunicorn_adapter.DO_NOT_RESTART)
    # The app removes the prefix; gunicorn, which reads this at each request, would answer 500 to a path
    # without it.
    os.environ.pop("SCRIPT_NAME", None)
    gunicorn_adapter.adopt(worker, service)
    worker.metrics = worker_metrics.of_app(app)
    worker.metrics.share(Path(worker.metrics_folder), worker.metrics_number)
    service.handover_state.record_test(self_test.obstacle(worker, service.settings.script_name))
    background.start(app)
    HealthListener(service).start()
    # A full collection stops all greenlets. With everything loaded until now excluded, it takes a
    # few milliseconds instead of many tens.
    gc.collect()
    gc.freeze()
    # Reference counts free events, frames and what requests leave, so all objects together are looked at
    # rarely: after nine million new ones. New objects are looked at a few hundred at a time, because each
    # look stops all greenlets: two hundred thousand, after thousands of streams had opened, took 60 ms.
    gc.set_threshold(250, 2, 12_000)
    # "worker ready" is logged last: the worker can be reloaded and stopped only from now on;
    # signals that came earlier may be lost.
    handover = "ok" if service.handover_state.is_ok else "off"
    logging.getLogger("qader_sse").info("worker ready pid=%d handover=%s", worker.pid, handover)


def worker_int(worker):
    # SIGINT or SIGQUIT: whoever presses Ctrl-C waits for the end, and no balancer has to notice it.
    worker.is_in_a_hurry = True


def worker_exit(server, worker):
    try:
        if hasattr(worker, "wsgi"):  # a worker that ended before it loaded the app has none
            from qader_sse.web.streaming import gunicorn_adapter

            gunicorn_adapter.wait_until_drained(worker)
    finally:
        if hasattr(worker, "metrics"):
            worker.metrics.end()
