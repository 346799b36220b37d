"""Counting shares: in the process, in Redis for all workers, and in the process while Redis is away."""

import logging
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from redis import Redis

from cluster.redis_server import RedisServer
from qader_sse.domain.violations import LimitReached, TooManySearches
from qader_sse.limits import shared_store
from qader_sse.limits.fair_shares import FairShares
from qader_sse.limits.rates import parse
from qader_sse.limits.settings import LimitSettings
from qader_sse.limits.table import ACTIONS, INVITES, SEARCHES, SIGN_IN_FAILURES, TABLE
from qader_sse.realtime.bus import redis_servers
from tests.support.log_lines import logged_by

SECRET = "the secret of one installation"
THREE = LimitSettings(search_rate="3/hour", invite_rate="1/hour", action_rate="1/hour")


def alone(settings: LimitSettings = THREE) -> FairShares:
    return FairShares(settings, SECRET, None)


def spent(spend: Callable[[], None], tries: int = 10) -> int:
    """Return how many times something may be done before it is refused."""
    for number in range(tries):
        try:
            spend()
        except LimitReached:
            return number
    return tries


def test_so_many_as_the_rate_says_and_no_more() -> None:
    shares = alone()
    assert spent(lambda: shares.spend(SEARCHES, 7)) == 3
    with pytest.raises(TooManySearches) as refusal:
        shares.spend(SEARCHES, 7)
    assert 1100 < refusal.value.retry_after_seconds <= 1200  # three an hour: one in twenty minutes


def test_each_key_and_each_limit_is_counted_by_itself() -> None:
    shares = alone()
    assert spent(lambda: shares.spend(SEARCHES, 7)) == 3
    assert spent(lambda: shares.spend(SEARCHES, 8)) == 3
    assert spent(lambda: shares.spend(INVITES, 7)) == 1


def test_of_several_rates_each_holds() -> None:
    shares = alone(LimitSettings(search_rate="5/second burst 50; 4/hour"))
    assert spent(lambda: shares.spend(SEARCHES, 7), tries=50) == 4


def test_looking_takes_nothing_and_counting_refuses_nothing() -> None:
    shares = alone()
    assert [shares.look(SEARCHES, 7).count for _ in range(5)] == [3] * 5
    for _ in range(5):
        shares.count(SEARCHES, 7)
    assert shares.look(SEARCHES, 7).count == 0


def test_one_setting_switches_all_limits_off() -> None:
    shares = alone(LimitSettings(fair_shares=False, search_rate="1/hour"))
    for limit in TABLE:
        assert spent(lambda: shares.spend(limit, 7), tries=1000) == 1000  # noqa: B023
    assert shares.look(SEARCHES, 7).count > 1000


def test_every_rate_has_a_setting_of_its_own() -> None:
    assert len({limit.setting for limit in TABLE}) == len(TABLE)
    assert all(parse(getattr(LimitSettings(), limit.setting)) for limit in TABLE)


@pytest.mark.parametrize("text", ["", "many", "5", "5/fortnight", "0/minute", "5/minute burst x"])
def test_what_is_no_rate_is_found(text: str) -> None:
    (mistake,) = LimitSettings(invite_rate=text).limit_mistakes()
    assert mistake.startswith("INVITE_RATE must be a rate such as")
    assert list(LimitSettings().limit_mistakes()) == []


def test_the_wait_for_another_guess_grows_to_a_quarter_of_an_hour() -> None:
    """The rates of the setting together make the delay grow: here the clock is computed."""
    quotas = parse(LimitSettings().sign_in_failure_rate)
    free = min(quota.burst for quota in quotas)
    assert free == 5
    tried_at = [
        max(max(0, number - quota.burst) * quota.emission_interval for quota in quotas)
        for number in range(1, 15)
    ]
    waits = [round(after - before) for before, after in pairwise(tried_at)]
    assert waits[:4] == [0] * 4
    assert waits[4] == 30
    assert waits[-1] == 900
    assert waits == sorted(waits)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


def at(server: RedisServer, settings: LimitSettings = THREE, secret: str = SECRET) -> FairShares:
    return FairShares(settings, secret, lambda: redis_servers.client(server.url))


@pytest.mark.programs
def test_workers_count_together_in_redis_but_not_with_another_installation(
    redis: RedisServer,
) -> None:
    here, there, another = at(redis), at(redis), at(redis, secret="another")
    here.spend(SEARCHES, 7)
    assert spent(lambda: there.spend(SEARCHES, 7)) == 2
    assert spent(lambda: here.spend(SEARCHES, 7)) == 0
    assert spent(lambda: another.spend(SEARCHES, 7)) == 3

    here.mark("known", "noura", seconds=60)
    assert there.is_marked("known", "noura")
    assert not another.is_marked("known", "noura")


@pytest.mark.programs
def test_redis_learns_no_name_and_keeps_nothing_for_ever(redis: RedisServer) -> None:
    shares = at(redis)
    shares.spend(SIGN_IN_FAILURES, "noura", "192.0.2.7")
    shares.mark("known", "noura", "192.0.2.7", seconds=60)
    with redis.client() as client:
        keys = client.keys()
        assert keys
        assert not [key for key in keys if b"noura" in key or b"192.0.2.7" in key]
        assert [client.ttl(key) for key in keys if client.ttl(key) < 0] == []


@pytest.mark.programs
def test_actions_are_not_counted_in_redis(redis: RedisServer) -> None:
    here, there = at(redis), at(redis)
    assert spent(lambda: here.spend(ACTIONS, 7)) == spent(lambda: there.spend(ACTIONS, 7)) == 1
    with redis.client() as client:
        assert client.keys() == []


@pytest.mark.programs
def test_without_redis_each_worker_counts_and_goes_on_with_it_when_it_is_back(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("qader_sse.limits.shared_store._PAUSE_SECONDS", 0.0)
    here, there = at(redis), at(redis)
    assert spent(lambda: here.spend(SEARCHES, 7)) == 3
    redis.kill()
    with caplog.at_level(logging.WARNING):
        assert spent(lambda: here.spend(SEARCHES, 7)) == 3
        assert spent(lambda: here.spend(SEARCHES, 8)) == 3
    assert len(logged_by(caplog, shared_store)) == 1
    assert "limits are counted by each worker" in caplog.text

    redis.start()
    assert spent(lambda: here.spend(SEARCHES, 9)) == 3
    assert spent(lambda: there.spend(SEARCHES, 9)) == 0


@pytest.mark.programs
def test_a_redis_that_refuses_commands_is_as_one_that_is_away(redis: RedisServer) -> None:
    with Redis.from_url(redis.url) as client:
        client.config_set("requirepass", "secret")
    assert spent(lambda: at(redis).spend(SEARCHES, 7), tries=3) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("questions_per_hour", 24),
        ("new_account_questions_per_hour", 1),
        ("streams_for_players_percent", 51),
    ],
)
def test_what_would_leave_nothing_to_others_is_found(name: str, value: int) -> None:
    (mistake,) = LimitSettings(**{name: value}).limit_mistakes()  # type: ignore[arg-type]
    assert mistake.startswith(f"{name.upper()} must be at ")
