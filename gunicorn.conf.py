"""How gunicorn serves us. Loaded before gevent patches anything, so nothing of ours is imported here."""

import os
import resource
import sys
import time

_host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT', '8000')}"
worker_class = "gevent"
preload_app = False  # the app must be imported after the worker has patched the socket module

# Requests under way. Streams are not among them: they are handed over to the hub. Only where
# gunicorn itself speaks TLS do they stay, and MAX_STREAMS must then be below this.
worker_connections = 4_000
# A connection is a file; the usual limit of 1,024 would end at a few of them.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(_soft, min(_hard, 65_536)), _hard))
keepalive = 5  # seconds; idle connections hold up a graceful stop for this long
timeout = 30  # a worker whose loop stands still for this long is replaced; streams may be long
# LAME_DUCK_SECONDS (2), then DRAIN_SECONDS (5); idle connections 5 more at most, slow requests the rest.
graceful_timeout = 25
# Whose X-Forwarded-* headers are believed: the load balancer's. `*` where it comes by unix socket.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
control_socket_disable = True  # it would live in the home folder
accesslog = None  # it would write a stream's line when it ends: web/access_log.py writes at once


# For requests under way, the database and all else that is open beside the streams.
SPARE_FILES = 500


def on_starting(server):
    environ = os.environ
    problem = ""
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
    if problem:
        sys.exit(f"qader_sse does not start: {problem}")
    # See qader_sse/clock.py. A worker that replaces another one after the wall clock was moved
    # must not live in another time.
    environ["CLOCK_ANCHOR"] = f"{time.time()} {time.clock_gettime(time.CLOCK_BOOTTIME)}"


def is_worth_a_line(record):
    # A reader that took nothing until its time was up is ordinary; its stream has said so already.
    return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError))


def limits_that_do_not_fit(cfg, settings):
    if cfg.is_ssl and settings.max_streams >= cfg.worker_connections:
        return (
            "with TLS in gunicorn, MAX_STREAMS must stay below worker_connections"
            f" ({cfg.worker_connections}), or REST would find no room beside the streams."
        )
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if settings.max_streams + SPARE_FILES > files:
        return (
            f"MAX_STREAMS is {settings.max_streams}, and a worker may have {files} files open."
            f" Set it to {max(1, files - SPARE_FILES)} or less, or raise the limit (ulimit -n)."
        )
    if settings.lame_duck_seconds + settings.drain_seconds + 2 >= cfg.graceful_timeout:
        return (
            "LAME_DUCK_SECONDS and DRAIN_SECONDS must together stay well below graceful_timeout"
            f" ({cfg.graceful_timeout}), or a leaving worker would be cut in the middle."
        )
    return None


def post_worker_init(worker):
    import gc
    import logging

    from qader_sse import start_background, why_not_to_start
    from qader_sse.web.streaming import gunicorn_adapter, self_test

    logging.basicConfig(format="[%(asctime)s] [%(process)d] [%(levelname)s] %(name)s: %(message)s")
    logging.getLogger("gunicorn.error").addFilter(is_worth_a_line)
    app = worker.wsgi
    service = app.extensions["qader_sse"]
    # Only the first workers refuse to start: a worker that replaces one of them while the database
    # is away has to start and wait.
    if gunicorn_adapter.is_first(worker) and (
        reason := limits_that_do_not_fit(worker.cfg, service.settings) or why_not_to_start(app)
    ):
        print(f"qader_sse does not start: {reason}", file=sys.stderr, flush=True)
        sys.exit(gunicorn_adapter.DO_NOT_RESTART)
    gunicorn_adapter.adopt(worker, service)
    service.handover_state.record_test(self_test.obstacle(worker))
    start_background(app)
    # Everything loaded until now is excluded from full collections, which stop all greenlets: for a
    # few milliseconds then, instead of many tens.
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 100, 40)  # events, entries and frames are no garbage to look for
    # From here on the worker can be reloaded and stopped; before, signals may be lost.
    handover = "ok" if service.handover_state.is_ok else "off"
    logging.getLogger("qader_sse").info("worker ready pid=%d handover=%s", worker.pid, handover)


def worker_exit(server, worker):
    if hasattr(worker, "wsgi"):  # otherwise it ended before the app was loaded
        from qader_sse.web.streaming import gunicorn_adapter

        gunicorn_adapter.wait_until_drained(worker)
