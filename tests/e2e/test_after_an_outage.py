"""A server that starts with ten thousand overdue challenges ends them all and keeps answering."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
from qader_client.rest import Api
from sqlalchemy import Engine, create_engine, func, insert, select

from cluster.local_server import LocalServer
from cluster.waiting import wait_until
from qader_sse.domain.challenge import attempt_id
from qader_sse.domain.events import challenge_topic
from qader_sse.store import models
from tests.support.duel import PASSWORD, QUICK_HASH

pytestmark = pytest.mark.timeout(300)

OVERDUE = 10_000
REQUESTS = 60


def add_overdue(engine: Engine) -> None:
    """Store searches whose deadline passed while no server ran."""
    then = datetime.now(UTC) - timedelta(hours=1)
    with engine.begin() as connection:
        user_id = connection.scalar(select(models.User.id).where(models.User.username == "player1"))
        questions = connection.scalars(select(models.Question.id).limit(10)).all()
        ids = range(1_001, OVERDUE + 1_001)  # above the ids that the test creates over HTTP
        challenges = {
            "challenge_type": "quick_quant_10",
            "status": "pending_matchmaking",
            "challenger_id": user_id,
            "question_ids": list(questions),
            "created_at": then,
            "due_at": then,
        }
        connection.execute(insert(models.Challenge), [challenges | {"id": n} for n in ids])
        attempts = {"user_id": user_id, "score": 0, "is_ready": False}
        connection.execute(
            insert(models.Attempt),
            [attempts | {"id": attempt_id(n, 0), "challenge_id": n} for n in ids],
        )
        connection.execute(
            insert(models.Topic), [{"name": challenge_topic(n), "head": 0, "floor": 0} for n in ids]
        )


def latencies(api: Api) -> list[float]:
    found = []
    for _ in range(REQUESTS):
        began = time.monotonic()
        assert api.create("medium_verbal_15", "player2").status == 201
        found.append(time.monotonic() - began)
    return found


def overdue_left(engine: Engine) -> int:
    with engine.connect() as connection:
        searches = models.Challenge.status == "pending_matchmaking"
        return connection.scalar(select(func.count()).where(searches)) or 0


def test_requests_stay_fast_while_ten_thousand_overdue_challenges_are_swept(tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/qader.sqlite3",
        "PASSWORD_HASH_METHOD": QUICK_HASH,
    }
    with LocalServer(**settings) as server:
        server.flask("users", "seed", "--count", "2", "--prefix", "player", "--password", PASSWORD)
        api = Api.signed_in(server.base_url, "player1", PASSWORD)
        quiet = latencies(api)
        api.close()
        server.stop()
        engine = create_engine(settings["DATABASE_URL"])
        add_overdue(engine)
        server.start()

        busy = latencies(api)
        unfinished = overdue_left(engine)
        assert unfinished > 0, "the sweeper finished before the requests were sent"
        wait_until(lambda: overdue_left(engine) == 0, timeout=240)
        print(
            f"creating a challenge takes {median(busy) / median(quiet):.1f} times as long (median;"
            f" worst {max(busy) / max(quiet):.1f}) while {OVERDUE} are swept; after these"
            f" {REQUESTS} requests {unfinished} were left"
        )
        # Where the sweeper ended one at a time without a pause, it took some 27 times as long.
        assert median(busy) < 12 * median(quiet)
        api.close()
        engine.dispose()
