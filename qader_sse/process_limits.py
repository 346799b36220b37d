"""What a worker may take of its machine, and how long to stop. Nothing is imported here.

gunicorn.conf.py reads this by its file, because to import the package would import the app.
"""

# Each connection is an open file, and the usual soft limit of 1,024 is too low: it is raised to this,
# as far as the hard limit allows.
MOST_FILES = 65_536
# Of the files that a worker may have open, as many are left to requests, the database, Redis and
# the log; the others are for streams.
_SPARE_FILES = 500
# What a stopping worker has at least for slow requests, before gunicorn kills it.
_SPARE_SECONDS = 2


def files_needed(max_streams: int) -> int:
    """Return how many files a worker with so many streams may have to open."""
    return max_streams + _SPARE_FILES


def most_streams(files: int) -> int:
    """Return for how many streams so many open files are enough, at least 1."""
    return max(1, files - _SPARE_FILES)


def is_killed_while_stopping(stopping_seconds: float, graceful_timeout: int) -> bool:
    """Return whether gunicorn would kill a worker before its streams have ended."""
    return stopping_seconds + _SPARE_SECONDS >= graceful_timeout
