"""How long things may last: the settings that rules and use cases compare times with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long each status may last, and how long people count as there, in seconds.

    Two who were matched have less time to get ready than two who know each other. Whoever does not
    get ready is refused a search for a pause, which doubles each time. The countdown of a start is
    no part of a duel's time, which begins with the first question. The second player of an untimed
    duel has a limit once the first one has answered everything.
    """

    invite_seconds: float
    matchmaking_seconds: float
    start_seconds: float
    match_seconds: float
    match_pause_seconds: float
    longest_match_pause_seconds: float
    start_countdown_seconds: float
    idle_seconds: float
    second_player_seconds: float
    seeker_away_seconds: float
    presence_settle_seconds: float
