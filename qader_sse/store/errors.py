"""Failures of the database that are nobody's mistake; the same request may succeed later."""


class StoreUnavailable(Exception):
    """The database did not do what was asked. Nothing has changed, unless a subclass says otherwise."""


class StoreBusy(StoreUnavailable):
    """Another transaction holds the lock that this needs, or every connection is in use."""


class Conflict(StoreBusy):
    """The database rolled this transaction back in favour of another one; repeated, it may pass."""


class StoreAway(StoreUnavailable):
    """The database cannot be reached, or the connection broke before the commit."""


class OutcomeUnknown(StoreUnavailable):
    """The connection broke during the commit, which may or may not have happened."""
