"""A thousand duels that end in one second, and a thousand searches at once, on a real cluster."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from qader_client.rest import CHALLENGES, Answer, Api
from sqlalchemy import func, select, update

from cluster.local_cluster import Cluster
from cluster.waiting import wait_until
from qader_sse import create_app
from qader_sse.domain.events import challenge_topic
from qader_sse.service import Service
from qader_sse.store import models
from tests.conftest import dispose, make_settings
from tests.support.duel import PASSWORD, QUICK_HASH, add_users

pytestmark = pytest.mark.timeout(300)

DUELS = SEEKERS = 1_000
MANY_INVITES = 1_000_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(nodes=1, workers=2, PASSWORD_HASH_METHOD=QUICK_HASH) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def service(cluster: Cluster) -> Iterator[Service]:
    """The use cases on the cluster's database, called from this process."""
    app = create_app(make_settings(cluster.postgres.url, max_invites_per_day=MANY_INVITES))
    yield app.extensions["qader_sse"]
    dispose(app)


def start_duel(service: Service, challenger: int, opponent: int, name: str, at: datetime) -> int:
    challenges = service.challenges
    challenge_id = challenges.invite(challenger, "quick_quant_10", name, at).id
    challenges.accept(challenge_id, opponent, at)
    challenges.ready(challenge_id, challenger, at)
    challenges.ready(challenge_id, opponent, at)
    return challenge_id


def test_two_workers_end_each_of_a_thousand_duels_of_the_same_second_once(
    cluster: Cluster, service: Service
) -> None:
    pairs = [(f"a{n}", f"b{n}") for n in range(8)]
    ids = {name: add_users(service, name)[0] for pair in pairs for name in pair}

    def start_some(pair: tuple[str, str]) -> list[int]:
        first, second = pair
        return [
            start_duel(service, ids[first], ids[second], second, datetime.now(UTC))
            for _ in range(DUELS // len(pairs))
        ]

    with ThreadPoolExecutor(len(pairs)) as pool:
        duels = [duel for some in pool.map(start_some, pairs) for duel in some]
    assert len(duels) == DUELS
    end_at = datetime.now(UTC) + timedelta(seconds=3)
    with service.database.transaction() as tx:
        tx.connection.execute(update(models.Challenge).values(deadline_at=end_at, due_at=end_at))

    wait_until(lambda: ended(service) == DUELS, timeout=180)

    with service.database.read_transaction() as connection:
        ends = connection.execute(
            select(models.EventRow.topic, models.EventRow.created_at).where(
                models.EventRow.type == "challenge.end"
            )
        ).all()
        deadlines = set(connection.scalars(select(models.Challenge.deadline_at)))
    assert deadlines == {end_at}
    assert sorted(row.topic for row in ends) == sorted(map(challenge_topic, duels))
    delays = sorted((row.created_at - end_at).total_seconds() for row in ends)
    print(
        f"{DUELS} duels ended in the same second by two workers: {len(ends)} challenge.end,"
        f" none twice; past the deadline by {delays[len(delays) // 2]:.2f} s (median),"
        f" {delays[-1]:.2f} s (worst)"
    )
    assert delays[0] >= 0
    assert "expiry failed" not in cluster.nodes[0].log


def ended(service: Service) -> int:
    with service.database.read_transaction() as connection:
        completed = select(func.count()).where(models.Challenge.status == "completed")
        return connection.scalar(completed) or 0


def test_a_thousand_seekers_at_once_pair_off_into_five_hundred_challenges(
    cluster: Cluster, service: Service
) -> None:
    cluster.flask(
        "users", "seed", "--count", str(SEEKERS), "--prefix", "seeker", "--password", PASSWORD
    )
    with ThreadPoolExecutor(16) as pool:
        numbers = range(1, SEEKERS + 1)
        seekers = list(pool.map(lambda n: sign_in(cluster, f"seeker{n}"), numbers))
    start = threading.Barrier(SEEKERS)
    first_answers: Counter[int] = Counter()
    created: list[Answer] = []

    def seek(api: Api) -> None:
        start.wait()
        answer = ask(api)
        first_answers[answer.status] += 1
        while answer.status == 503:  # like any client that obeys Retry-After
            answer = ask(api)
        created.append(answer)
        api.close()

    threads = [threading.Thread(target=seek, args=(api,)) for api in seekers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    print(f"{SEEKERS} seekers at once, first answers by status: {dict(first_answers)}")
    assert [answer.status for answer in created] == [201] * SEEKERS
    assert set(first_answers) <= {201, 503}
    matched = Counter(answer.body["id"] for answer in created)
    assert len(matched) == SEEKERS // 2
    assert set(matched.values()) == {2}
    with service.database.read_transaction() as connection:
        attempts = connection.execute(
            select(models.Attempt.challenge_id, models.Attempt.user_id).where(
                models.Attempt.challenge_id.in_(matched)
            )
        ).all()
    assert len({attempt.user_id for attempt in attempts}) == len(attempts) == SEEKERS
    assert "Traceback" not in cluster.nodes[0].log


def sign_in(cluster: Cluster, name: str) -> Api:
    api = Api.signed_in(cluster.base_url, name, PASSWORD)
    api.close()  # a thousand idle connections would only use up file descriptors
    return api


def ask(api: Api) -> Answer:
    key = {"Idempotency-Key": "the-one", "Content-Type": "application/json"}
    return api.request("POST", CHALLENGES, b'{"challenge_type": "comprehensive_20"}', key)
