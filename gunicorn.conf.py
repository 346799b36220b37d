"""How gunicorn serves us. Loaded before gevent patches anything, so nothing of ours is imported here."""

import os
import resource
import sys

_host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT', '8000')}"
worker_class = "gevent"
# One worker is all that the embedded database and the in-process bus can serve.
workers = 1
preload_app = False  # the app must be imported after the worker has patched the socket module

# Streams keep their connection; REST needs room beside them (MAX_STREAMS stays below this).
worker_connections = 4_000
# A connection is a file; the usual limit of 1,024 would end at a quarter of them.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(_soft, min(_hard, 65_536)), _hard))
keepalive = 5  # seconds; idle connections hold up a graceful stop for this long
timeout = 30  # a worker whose loop stands still for this long is replaced; streams may be long
graceful_timeout = 15
control_socket_disable = True


def on_starting(server):
    if server.cfg.workers > 1:
        sys.exit(
            "qader_sse does not start: several workers need a bus between them, and there is"
            " only the one inside a process. Leave out --workers and WEB_CONCURRENCY."
        )
    max_streams = os.environ.get("MAX_STREAMS", "")
    # What is no number, Settings refuses with a sentence of its own.
    if max_streams.isdecimal() and int(max_streams) >= server.cfg.worker_connections:
        sys.exit(
            "qader_sse does not start: MAX_STREAMS must stay below worker_connections"
            f" ({server.cfg.worker_connections}), or REST would find no room beside the streams."
        )


def is_worth_a_line(record):
    # A reader that took nothing until its time was up is ordinary; its stream has said so already.
    return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError))


def post_worker_init(worker):
    import logging
    import signal

    import gevent

    from qader_sse import start_background

    logging.basicConfig(format="[%(asctime)s] [%(levelname)s] %(name)s: %(message)s")
    logging.getLogger("gunicorn.error").addFilter(is_worth_a_line)
    # Ctrl-C reaches the whole process group; told once more by the master, a worker ends twice.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    app = worker.wsgi
    start_background(app)

    def drain_when_leaving():
        # gunicorn would cut every stream at the same instant, without a word.
        while worker.alive:
            gevent.sleep(0.2)
        app.extensions["qader_sse"].hub.drain()

    gevent.spawn(drain_when_leaving)
