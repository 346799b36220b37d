"""The scenarios: one challenge each, which all clients follow at once."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from signal import SIGTERM

from interop.clients import Client
from interop.delivery import Delivery, delivery
from interop.duel import Duel
from interop.following import Follower, following, wait_for_all
from interop.stage import Stage

CUTS = 10
# How long a scenario waits for an answer to every client's first request; then it goes on without.
_OPENING_SECONDS = 90
# How long it then waits until every client has a message.
_FIRST_MESSAGE_SECONDS = 15
# How long it waits, after the last answer, until every client has `challenge.end`.
_COMING_BACK_SECONDS = 20
# All cuts are to be made in this time; the rest are left out.
_CUTTING_SECONDS = 90
# After the end of a duel, and after a refusal, clients' further requests are counted for this long.
QUIET_SECONDS = 10
# The duel goes on for this many answers after the last cut of a connection.
_ANSWERS_AFTER_CUTS = 4

Deliveries = dict[Client, Delivery]


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a client did in the seconds after its last message, or from a refused request on.

    `statuses` are those of its requests for streams, with the refused one.
    """

    statuses: list[int]
    is_open: bool
    shows_why: bool = False


async def whole(
    stage: Stage, clients: Sequence[Client]
) -> tuple[Deliveries, dict[Client, Afterwards]]:
    """Play a duel that nothing disturbs; return also what clients did for 10 s after its end."""
    duel = stage.duel()
    async with following(stage, clients, duel.id, stage.cookie) as followers:
        await _begin(duel, followers)
        await _answer(duel, until_left=0, pause=0.06)
        await _end(followers)
        await asyncio.sleep(QUIET_SECONDS)
        afterwards = {
            follower.client: Afterwards(
                [r.status for r in follower.recorder.after_the_end(QUIET_SECONDS)],
                is_open=bool(follower.recorder.open_streams),
            )
            for follower in followers
        }
    return _deliveries(duel, followers), afterwards


async def cuts(
    stage: Stage, clients: Sequence[Client], count: int = CUTS, pause: float = 1.5
) -> tuple[Deliveries, dict[Client, int]]:
    """Cut each client's streams in the middle of a message; return also how often.

    `pause` is the number of seconds between two answers, in which clients can come back.
    """
    duel = stage.duel()
    async with following(stage, clients, duel.id, stage.cookie) as followers:
        await _begin(duel, followers)
        for follower in followers:
            follower.recorder.cuts_left = count
        give_up_at = time.monotonic() + _CUTTING_SECONDS
        while any(f.recorder.cuts_left for f in followers) and time.monotonic() < give_up_at:
            if duel.answers_left > _ANSWERS_AFTER_CUTS:
                await _answer(duel, until_left=duel.answers_left - 1, pause=0)
            await asyncio.sleep(pause)
        for follower in followers:
            follower.recorder.cuts_left = 0
        await _answer(duel, until_left=0, pause=0.2)
        await _end(followers)
    return _deliveries(duel, followers), {f.client: f.recorder.cuts for f in followers}


async def restarts(stage: Stage, clients: Sequence[Client]) -> Deliveries:
    """Restart the service in the middle of a duel: by SIGTERM, as a deploy, then by SIGKILL."""
    duel = stage.duel()
    async with following(stage, clients, duel.id, stage.cookie) as followers:
        await _begin(duel, followers)
        third = duel.answers_left // 3
        for end in (lambda: stage.stop(SIGTERM), stage.kill):
            await _answer(duel, until_left=duel.answers_left - third, pause=0.06)
            await asyncio.to_thread(end)
            await asyncio.to_thread(stage.start)
        await _answer(duel, until_left=0, pause=0.06)
        await _end(followers)
    return _deliveries(duel, followers)


async def refusals(stage: Stage, clients: Sequence[Client]) -> dict[int, dict[Client, Afterwards]]:
    """Follow what is refused, with 401, 403 and 404; return by status what each client did."""
    cases = {
        401: (stage.duel().id, ""),
        403: (stage.strangers_duel().id, stage.cookie),
        404: (999_999, stage.cookie),
    }
    found = {}
    for status, (challenge_id, cookie) in cases.items():
        async with following(stage, clients, challenge_id, cookie) as followers:
            await wait_for_all(
                followers, lambda f: f.recorder.answered or f.record.errors, _OPENING_SECONDS
            )
            await asyncio.sleep(QUIET_SECONDS)
            found[status] = {f.client: _after_refusal(f, status) for f in followers}
    return found


def _after_refusal(follower: Follower, status: int) -> Afterwards:
    # 401, 403 and 404 are 4001, 4003 and 4004 on a WebSocket. A program that asks by REST first
    # gets 404 in place of 403.
    codes = [3600 + status] if follower.client.is_websocket else [status]
    codes += [404] if status == 403 else []
    return Afterwards(
        [request.status for request in follower.recorder.requests],
        is_open=bool(follower.recorder.open_streams),
        shows_why=any(map(follower.record.shows, codes)),
    )


async def _begin(duel: Duel, followers: Sequence[Follower]) -> None:
    """Wait until everybody follows, so that all have the same to receive; then start the duel."""
    await wait_for_all(followers, lambda f: f.recorder.answered, _OPENING_SECONDS)
    await wait_for_all(followers, lambda f: f.record.messages, _FIRST_MESSAGE_SECONDS)
    await asyncio.to_thread(duel.begin)


async def _answer(duel: Duel, until_left: int, pause: float) -> None:
    while duel.answers_left > until_left:
        await asyncio.to_thread(duel.answer)
        await asyncio.sleep(pause)


async def _end(followers: Sequence[Follower]) -> None:
    await wait_for_all(followers, lambda f: f.record.is_over, _COMING_BACK_SECONDS)


def _deliveries(duel: Duel, followers: Sequence[Follower]) -> Deliveries:
    log = duel.log()
    return {follower.client: delivery(log, follower.record) for follower in followers}
