"""The settings about time in duels and in matchmaking."""

from dataclasses import dataclass, fields

from qader_sse.domain.time_limits import TimeLimits

HOUR = 3600.0
DAY = 24 * HOUR


# Without slots: a class inherits them from one of its bases only.
@dataclass(frozen=True, kw_only=True)
class TimeSettings:
    """A part of `config.Settings`, which reads it from the environment."""

    invite_seconds: float = DAY
    matchmaking_seconds: float = 600.0
    start_seconds: float = HOUR
    # How long two who were matched have to get ready. Whoever does not is refused a search for a
    # pause, which doubles each time up to the longest.
    match_seconds: float = 60.0
    match_pause_seconds: float = 60.0
    longest_match_pause_seconds: float = HOUR
    # Both players see 3, 2, 1 before the first question; a duel's time begins after that.
    start_countdown_seconds: float = 3.0
    idle_seconds: float = DAY
    # How long the second one has in an untimed duel, once the first one has answered everything.
    second_player_seconds: float = 900.0
    # A challenge ends this long after its deadline, so that what arrived in time is still done.
    arrival_grace_seconds: float = 1.0
    # A search is matched only if its seeker was online within this time.
    seeker_away_seconds: float = 30.0
    # Who is back within this time has not been away.
    presence_settle_seconds: float = 10.0

    @property
    def time_limits(self) -> TimeLimits:
        return TimeLimits(**{f.name: getattr(self, f.name) for f in fields(TimeLimits)})
