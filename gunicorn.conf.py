"""How gunicorn serves us. Loaded before gevent patches anything, so nothing of ours is imported here."""

import os
import resource
import sys
import time

# What a supervisor or gunicorn's master must not answer with another start: gunicorn's own
# code for an app that cannot be loaded, on which the master ends and starts no worker again.
_DO_NOT_RESTART = 4

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
    import signal

    import gevent
    from gevent.server import StreamServer

    from qader_sse import start_background, why_not_to_start

    logging.basicConfig(format="[%(asctime)s] [%(process)d] [%(levelname)s] %(name)s: %(message)s")
    logging.getLogger("gunicorn.error").addFilter(is_worth_a_line)
    # Ctrl-C reaches the whole process group; told once more by the master, a worker ends twice.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = worker.wsgi
    service = app.extensions["qader_sse"]
    # The first workers refuse; one that replaces them later, while the database is away, waits.
    if worker.age <= worker.cfg.workers and (
        reason := limits_that_do_not_fit(worker.cfg, service.settings) or why_not_to_start(app)
    ):
        print(f"qader_sse does not start: {reason}", file=sys.stderr, flush=True)
        sys.exit(_DO_NOT_RESTART)
    start_background(app)
    # What is there now stays: a full collection need not look at it again, and stops everybody
    # for a few milliseconds instead of many tens.
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 100, 40)  # events, entries and frames are no garbage to look for

    # When thousands come at once: of connections that are new, a few; then whoever is here already.
    StreamServer.max_accept = 4

    def stay_a_little():
        # In a reload the new workers are still starting, and a balancer has not yet asked
        # /readyz: whoever stops accepting at once leaves a node that answers nobody.
        service.hub.is_lame_duck = True
        gevent.sleep(service.settings.lame_duck_seconds)
        worker.handle_exit(signal.SIGTERM, None)

    signal.signal(signal.SIGTERM, lambda number, frame: gevent.spawn(stay_a_little))

    def drain_when_leaving():
        # gunicorn would cut every stream at the same instant, without a word. It has no hook
        # for the moment a worker stops accepting (SIGTERM, reload, max_requests): so look.
        while worker.alive:
            gevent.sleep(0.2)
        service.hub.drain(service.settings.drain_seconds)

    worker.draining = gevent.spawn(drain_when_leaving)


def worker_exit(server, worker):
    # gunicorn waits for its requests, and the streams are not among them any more.
    if not worker.alive and hasattr(worker, "draining"):
        worker.draining.join()
        worker.wsgi.extensions["qader_sse"].dispatcher.wait_until_closed()
