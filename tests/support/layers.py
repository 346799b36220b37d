"""What each layer may import and use: one function per rule, which returns all that breaks it."""

import sys

from tests.support.source import Module, is_in

DOMAIN, STORE, USE_CASES = "qader_sse.domain", "qader_sse.store", "qader_sse.use_cases"
REALTIME, WEB = "qader_sse.realtime", "qader_sse.web"
LIMITS = "qader_sse.limits"
BUS, PROTOCOL, HUB = f"{REALTIME}.bus", f"{REALTIME}.protocol", f"{REALTIME}.hub"
RECENT_EVENTS, ENDED_SESSIONS = f"{REALTIME}.recent_events", f"{REALTIME}.ended_sessions"
WATCHED_TOPIC, SEEN_USERS = f"{REALTIME}.watched_topic", f"{REALTIME}.seen_users"
STREAM_PLACES, REFUSALS = f"{REALTIME}.stream_places", f"{REALTIME}.refusals"
OPENING_SHARES, NOTED_STREAMS = f"{REALTIME}.opening_shares", f"{REALTIME}.noted_streams"
STREAM_NOTES, POLLING_CLIENTS = f"{REALTIME}.stream_notes", f"{REALTIME}.polling_clients"
DELIVERY, DRAINING = f"{REALTIME}.delivery", f"{REALTIME}.draining"
MISSED_ANNOUNCEMENTS = f"{REALTIME}.missed_announcements"
REPEATED_TASKS, LOOP_LAG = f"{REALTIME}.repeated_tasks", f"{REALTIME}.loop_lag"
STREAMS = f"{REALTIME}.streams"
JITTER, HISTOGRAM = "qader_sse.jitter", "qader_sse.histogram"
SLICES = "qader_sse.slices"
REQUEST_IDS = "qader_sse.request_ids"
WEB_ROOMS = (f"{WEB}.api", f"{WEB}.streaming", f"{WEB}.pages", f"{WEB}.documents")

_DATABASE = ("sqlalchemy", "alembic", "psycopg", "orjson")
_STORE_IMPORTS = (DOMAIN, JITTER, HISTOGRAM, REQUEST_IDS, "qader_sse.extensions", *_DATABASE)
_USE_CASE_IMPORTS = (DOMAIN, STORE, SLICES)
_QUESTION_FILES = tuple(f"qader_sse.question_{part}" for part in ("files", "rows", "sources"))
# In addition to the standard library and the layer itself. For a module in two of these, the longer
# name decides.
MAY_IMPORT = {
    DOMAIN: ("typing_extensions",),
    STORE: _STORE_IMPORTS,
    f"{STORE}.sqlite_file": (*_STORE_IMPORTS, STORE, "qader_sse.private_files"),
    f"{STORE}.driver_wait": ("psycopg", "gevent"),
    f"{STORE}.schema_check": (*_STORE_IMPORTS, STORE, "qader_sse.installation"),
    f"{STORE}.question_bank": (*_STORE_IMPORTS, STORE, *_QUESTION_FILES),
    USE_CASES: _USE_CASE_IMPORTS,
    # Passwords are hashed in threads, in turns that greenlets wait for, with Werkzeug's functions.
    f"{USE_CASES}.passwords": (
        *(*_USE_CASE_IMPORTS, USE_CASES),
        *("qader_sse.slow_threads", "gevent", "werkzeug"),
    ),
    f"{USE_CASES}.question_bank": (*_USE_CASE_IMPORTS, USE_CASES, *_QUESTION_FILES),
    # A limiter library counts, in the process or in Redis.
    LIMITS: (DOMAIN, "redis", "throttled"),
    REALTIME: (),
    BUS: (DOMAIN, JITTER, "gevent", "hiredis", "orjson", "redis"),
    PROTOCOL: (DOMAIN, JITTER, "orjson", "wsproto"),
    RECENT_EVENTS: (DOMAIN, PROTOCOL),
    DELIVERY: (DOMAIN, PROTOCOL),
    WATCHED_TOPIC: (RECENT_EVENTS, DELIVERY),
    DRAINING: (PROTOCOL, "gevent"),
    SEEN_USERS: (),
    STREAM_PLACES: (),
    NOTED_STREAMS: (),
    OPENING_SHARES: (),
    REFUSALS: (DOMAIN,),
    STREAM_NOTES: (DOMAIN, NOTED_STREAMS, OPENING_SHARES, REFUSALS),
    MISSED_ANNOUNCEMENTS: (STREAM_NOTES,),
    POLLING_CLIENTS: (DOMAIN, NOTED_STREAMS, STREAM_NOTES, SLICES),
    REPEATED_TASKS: (SLICES, STORE, "gevent"),
    LOOP_LAG: (HISTOGRAM, "gevent"),
    ENDED_SESSIONS: (DOMAIN, STORE, PROTOCOL, RECENT_EVENTS),
    HUB: (
        DOMAIN,
        JITTER,
        SLICES,
        STORE,
        BUS,
        PROTOCOL,
        RECENT_EVENTS,
        DELIVERY,
        WATCHED_TOPIC,
        ENDED_SESSIONS,
        DRAINING,
        SEEN_USERS,
        MISSED_ANNOUNCEMENTS,
        REPEATED_TASKS,
        STREAM_PLACES,
        NOTED_STREAMS,
        STREAM_NOTES,
        "gevent",
    ),
    STREAMS: (
        DOMAIN,
        JITTER,
        HISTOGRAM,
        SLICES,
        STORE,
        PROTOCOL,
        RECENT_EVENTS,
        DELIVERY,
        HUB,
        "gevent",
        "sqlalchemy",
    ),
    "conformance": (DOMAIN, "pydantic", "typing_extensions"),
    "qader_client": ("h11", "websockets"),
}

# A name also stands for everything in it. SQL functions are clocks and chance, too.
_SQL_FUNCTIONS = ("sqlalchemy.func", "sqlalchemy.sql.func", "sqlalchemy.sql.functions")
_SQL_CLOCKS = tuple(
    f"{functions}.{name}" for functions in _SQL_FUNCTIONS for name in ("now", "current_timestamp")
)
_WALL_CLOCKS = (
    *("time.time", "time.time_ns", "time.clock_gettime", "time.clock_gettime_ns", "time.*"),
    *("time.localtime", "time.gmtime", "time.ctime", "time.asctime", "time.strftime"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    *("datetime.date.today", "datetime.*"),
    *_SQL_CLOCKS,
)
# Calls of these count as clocks on any object, because imports need not show what it is.
_CLOCK_METHODS = (".now", ".utcnow", ".today")
_CHANCE = ("random", "secrets", "uuid", "os", *(f"{name}.random" for name in _SQL_FUNCTIONS))
_LOADERS = ("importlib", "__import__")  # imports by these are hidden from the checks

_ENVIRONMENT = ("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.*")
_SQL_WRITERS = ("insert", "update", "delete")
_SESSION_WRITERS = ("session.add", "session.delete", "session.commit", "session.flush")
_LOG_WRITERS = (f"{STORE}.event_log.append", f"{STORE}.event_log.lock")


def layer_of(module: Module) -> str:
    """Return the layer of a module, a key of MAY_IMPORT, or "" if it is in none."""
    return max((name for name in MAY_IMPORT if is_in(module.name, name)), key=len, default="")


def foreign_imports(module: Module) -> list[str]:
    """Return what a module imports from layers above or beside its own, or from outside."""
    layer = layer_of(module)
    allowed = (layer, *MAY_IMPORT[layer])
    return sorted(
        name
        for name in module.imports
        if name.split(".")[0] not in sys.stdlib_module_names and not is_in(name, *allowed)
    )


def clocks_and_chance(module: Module) -> list[str]:
    """Return the clocks and sources of chance that a module uses."""
    forbidden = ("time", *_WALL_CLOCKS, *_CHANCE, *_LOADERS)
    return sorted(
        use for use in module.uses if is_in(use, *forbidden) or use.endswith(_CLOCK_METHODS)
    )


def wall_clocks(module: Module) -> list[str]:
    """Return the clocks a module uses that can be set; monotonic clocks cannot."""
    return _found(module, *_WALL_CLOCKS)


def environment(module: Module) -> list[str]:
    return _found(module, *_ENVIRONMENT)


def writes(module: Module) -> list[str]:
    """Return what a module uses to write to the database."""
    return sorted(
        use
        for use in module.uses
        if is_in(use, *_LOG_WRITERS)
        or (use.startswith("sqlalchemy.") and use.rpartition(".")[2] in _SQL_WRITERS)
        or use.endswith((".transaction", *_SESSION_WRITERS))
    )


def transactions(module: Module) -> list[str]:
    """Return how a module opens transactions that write."""
    return sorted(use for use in module.uses if use.endswith(".transaction"))


def other_rooms(module: Module) -> list[str]:
    """Return what a module in a room of the web imports from the other rooms of the web."""
    beside = [room for room in WEB_ROOMS if not is_in(module.name, room)]
    return sorted(name for name in module.imports if is_in(name, *beside))


def _found(module: Module, *names: str) -> list[str]:
    return sorted(use for use in module.uses if is_in(use, *names))
