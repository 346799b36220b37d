"""The table of the limits that are rates: what each counts, by which setting, and how it refuses."""

from dataclasses import dataclass

from qader_sse.domain.violations import (
    LimitReached,
    TooManyActions,
    TooManyRegistrations,
    TooManySearches,
    TooManySignIns,
    TooQuickInvites,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit; its rate is the setting of this name. What `key` names is counted by itself."""

    setting: str
    key: str  # for people: what the parts of the key are
    refusal: type[LimitReached]
    # Counted by each worker for itself: a round trip to Redis would cost more than what is counted.
    is_local: bool = False


SIGN_IN_FAILURES = Limit("sign_in_failure_rate", "username and address", TooManySignIns)
ADDRESS_FAILURES = Limit("address_failure_rate", "address", TooManySignIns)
ACCOUNT_FAILURES = Limit("account_failure_rate", "username", TooManySignIns)
REGISTRATIONS = Limit("registration_rate", "address", TooManyRegistrations)
INVITES = Limit("invite_rate", "account", TooQuickInvites)
SEARCHES = Limit("search_rate", "account", TooManySearches)
ACTIONS = Limit("action_rate", "account", TooManyActions, is_local=True)

TABLE = (
    SIGN_IN_FAILURES,
    ADDRESS_FAILURES,
    ACCOUNT_FAILURES,
    REGISTRATIONS,
    INVITES,
    SEARCHES,
    ACTIONS,
)
