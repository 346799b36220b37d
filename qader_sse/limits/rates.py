"""The settings of the limits, and the rates that they are written as."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from throttled.exceptions import DataError
from throttled.rate_limiter import Quota, quota_parser


# Without slots: a class inherits them from one of its bases only.
@dataclass(frozen=True, kw_only=True)
class RateSettings:
    """How often something may be done. `20/minute burst 60` means 60 at once, then 20 a minute.

    Without a burst, as many may come at once as the unit of time has. Of several rates, each holds.
    """

    # False switches off every limit of this room and every other that docs/operations.md lists with
    # it: for load tests, whose many accounts come from one address.
    fair_shares: bool = True
    # Failed sign-ins of one account from one address. The wait for the next attempt grows with the
    # failures, from half a minute to a quarter of an hour: some 110 guesses on the first day.
    sign_in_failure_rate: str = (
        "2/minute burst 5; 1/minute burst 6; 20/hour burst 8; 4/hour burst 10"
    )
    # Of one address, for all accounts: somebody tries one password with many names. A school has one
    # address: a hundred pupils may mistype at the same minute.
    address_failure_rate: str = "300/hour burst 100"
    # Of one account, from all addresses. One address causes four an hour, by the rate above: only
    # ten or more that go on for many hours get here.
    account_failure_rate: str = "40/hour burst 500"
    # Of one address: three classes register in the same lesson.
    registration_rate: str = "200/hour burst 100"
    # Of one account. A rematch is an invite, too.
    invite_rate: str = "10/minute burst 20"
    search_rate: str = "10/minute burst 20"
    # REST requests of one account, each worker for itself. A page loads with a handful.
    action_rate: str = "20/second burst 60"

    def rate_mistakes(self) -> Iterator[str]:
        """Yield a sentence for each setting that is no rate."""
        for field in fields(RateSettings):
            value = getattr(self, field.name)
            if isinstance(value, str) and not _is_rate(value):
                yield (
                    f"{field.name.upper()} must be a rate such as 20/minute or 20/minute burst 60,"
                    f" not {value!r}. Several are separated by semicolons, and each holds."
                )


def parse(text: str) -> Sequence[Quota]:
    """Parse a rate. Raises ValueError."""
    try:
        return quota_parser.parse(text)
    except DataError:
        raise ValueError(text) from None


def _is_rate(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
