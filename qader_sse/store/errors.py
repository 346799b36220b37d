"""What keeps the database from doing its work: nobody's mistake, and later it may go well."""


class StoreUnavailable(Exception):
    """The database did not do it now. Nothing has changed, unless a subclass says otherwise."""


class StoreBusy(StoreUnavailable):
    """Somebody else holds what this needs, or every connection is in use."""


class Conflict(StoreBusy):
    """The database undid this transaction to let another one through; again it may pass."""


class StoreAway(StoreUnavailable):
    """The database cannot be reached, or went away before the commit."""


class OutcomeUnknown(StoreUnavailable):
    """The connection broke during the commit: it may or may not have happened."""
