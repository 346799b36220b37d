"""`flask --app wsgi challenges …`: duels."""

from dataclasses import asdict

import click

from qader_sse.cli.acting import acting
from qader_sse.cli.output import CommandGroup, Report, cell, counted, require_consent, table
from qader_sse.cli.people import ChallengeId, account_of, challenge_of
from qader_sse.domain.acts import Act
from qader_sse.domain.challenge import Attempt, Challenge
from qader_sse.domain.duel_replay import Move
from qader_sse.domain.violations import (
    AlreadyOver,
    CannotLeave,
    UnknownPlayer,
)
from qader_sse.service import service

challenges = CommandGroup("challenges", help="Duels.")
_MOMENTS = ("created_at", "accepted_at", "started_at", "deadline_at", "completed_at", "due_at")


@challenges.command("list")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
def list_challenges(name: str, limit: int) -> Report:
    """List the newest challenges of NAME, as they see them themselves."""
    with account_of(name):
        count, found = service().administration.challenges.of(name, limit)
    columns = ("id", "type", "status", "players", "created")
    rows = ((c.id, c.kind.key, c.status, _scores(c), c.created_at) for c in found)
    lines = [*table(columns, rows), f"{counted(count, 'challenge')} in all"]
    return Report({"count": count, "challenges": [_summary(c) for c in found]}, lines)


@challenges.command("show")
@click.argument("challenge_id", type=ChallengeId())
def show_challenge(challenge_id: int) -> Report:
    """Show a challenge with its players and their answers."""
    with challenge_of(challenge_id):
        found, log = service().administration.challenges.show(challenge_id)
    names = {attempt.player.id: attempt.player.username for attempt in found.attempts}
    numbers = {question.id: number for number, question in enumerate(found.questions, 1)}
    answers = [
        asdict(a) | {"username": names[a.user_id], "number": numbers[a.question_id]}
        for a in found.answers
    ]
    data = _summary(found) | {"answers": answers, "log": asdict(log)}
    lines = [
        f"challenge {found.id}: {found.kind.key}, {_state(found)}, {_scores(found)}",
        *(f"{name}: {cell(getattr(found, name))}" for name in _MOMENTS if getattr(found, name)),
        f"log: events {log.floor + 1} to {log.head}" if log.head > log.floor else "log: deleted",
        *table(
            ("answered", "player", "question", "choice", "right", "seconds"),
            (
                (
                    *(a["answered_at"], a["username"], f"{a['number']} (id {a['question_id']})"),
                    *(a["selected_choice"], a["is_correct"], a["time_taken_seconds"]),
                )
                for a in answers
            ),
        ),
    ]
    return Report(data, lines)


@challenges.command("replay")
@click.argument("challenge_id", type=ChallengeId())
def replay_challenge(challenge_id: int) -> Report:
    """Follow a challenge move by move: each event of its log, and the state after it."""
    with challenge_of(challenge_id):
        found = service().administration.challenges.replay(challenge_id)
    if not found:
        raise click.ClickException(
            f"The log of challenge {challenge_id} was deleted after LOG_RETENTION_SECONDS;"
            f" challenges show {challenge_id} has what is kept."
        )
    columns = ("id", "when", "event", "what", "status", "score")
    rows = ((m.id, m.at, m.type, m.what, m.status, _points(m)) for m in found)
    return Report({"moves": [asdict(move) for move in found]}, table(columns, rows))


@challenges.command("end")
@click.argument("challenge_id", type=ChallengeId())
@click.option("--reason", required=True, help="For the audit log; players are not told.")
@click.option("--left", metavar="NAME", help="End it as if NAME had left: the other one has won.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@acting
def end_challenge(challenge_id: int, reason: str, left: str | None, yes: bool, act: Act) -> Report:
    """End a challenge as if its time had run out: expired, or completed with what was answered."""
    administration = service().administration.challenges
    with challenge_of(challenge_id):
        before, _ = administration.show(challenge_id)
        how = f"as if {left} had left" if left else "as if its time had run out"
        question = f"End challenge {challenge_id} ({before.status}, {_scores(before)}) {how}?"
        require_consent(question, is_given=yes)
        try:
            ended = administration.end(challenge_id, reason, left, act)
        except (AlreadyOver, CannotLeave) as violation:
            raise click.ClickException(
                f"Challenge {challenge_id} is {violation.status}. Nothing was changed."
            ) from None
        except UnknownPlayer:
            raise click.ClickException(
                f"{left} does not play in challenge {challenge_id}. Nothing was changed."
            ) from None
    return Report(_summary(ended), [f"challenge {challenge_id} is {_state(ended)}"])


def _summary(challenge: Challenge) -> dict[str, object]:
    return {
        "id": challenge.id,
        "challenge_type": challenge.kind.key,
        "status": challenge.status,
        "end_reason": challenge.end_reason,
        "winner": _winner(challenge),
        "is_match": challenge.is_match,
        **{name: getattr(challenge, name) for name in _MOMENTS},
        "players": [_player(attempt) for attempt in challenge.attempts],
    }


def _player(attempt: Attempt) -> dict[str, object]:
    return {
        "id": attempt.player.id,
        "username": attempt.player.username,
        "score": attempt.score,
        "is_ready": attempt.is_ready,
        "has_left": attempt.has_left,
        "is_online": attempt.is_online,
        "start_time": attempt.start_time,
        "end_time": attempt.end_time,
    }


def _winner(challenge: Challenge) -> str | None:
    winner = challenge.winner_id and challenge.attempt_of(challenge.winner_id)
    return winner.player.username if winner else None


def _state(challenge: Challenge) -> str:
    if challenge.status != "completed":
        return challenge.status
    winner = _winner(challenge)
    return f"completed ({challenge.end_reason}): {f'{winner} has won' if winner else 'a draw'}"


def _scores(challenge: Challenge) -> str:
    return ", ".join(f"{a.player.username} {a.score}" for a in challenge.attempts)


def _points(move: Move) -> str:
    return ", ".join(f"{player.username} {player.score}" for player in move.players)
