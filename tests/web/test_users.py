"""The users who are online, at any worker and for as long as they are."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from qader_sse import create_app
from qader_sse.service import Service
from qader_sse.store import accounts
from qader_sse.store.models import Presence
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, add_users

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]

ONLINE = "/api/v1/users/online/"


@pytest.fixture
def other_worker(service: Service, clock: SettableClock, database_url: str) -> Iterator[Service]:
    """Another worker on the same database."""
    app = create_app(make_settings(database_url), clock=clock)
    yield app.extensions["qader_sse"]
    dispose(app)


@pytest.fixture
def online(as_user: AsUser) -> Callable[[], list[str]]:
    """Return the usernames that noura sees."""
    noura = as_user("noura")

    def ask() -> list[str]:
        page = noura.get(ONLINE).get_json()
        names = [person["username"] for person in page["results"]]
        assert page["count"] == len(names)
        return names

    return ask


def note(service: Service, clock: SettableClock, *user_ids: int) -> None:
    """Let a worker record its online users, as it does every few seconds."""
    online = set(user_ids) | service.hub.online_user_ids()
    service.presence.record(online, online)


def test_a_user_with_an_open_stream_is_online_until_it_closes(
    as_user: AsUser, online: Callable[[], list[str]]
) -> None:
    khalid = as_user("khalid")
    created = khalid.post(CHALLENGES, json={"challenge_type": "quick_quant_10"}).get_json()
    assert online() == []
    stream = khalid.get(f"/sse/stream/?topics=challenges/{created['id']},notifications")
    pieces = iter(stream.response)
    next(pieces), next(pieces)
    assert online() == ["khalid"]
    stream.close()
    assert online() == []


@pytest.mark.claim("A16")
def test_the_caller_is_online_for_others_and_not_in_their_own_list(
    as_user: AsUser, online: Callable[[], list[str]]
) -> None:
    assert as_user("khalid").get(ONLINE).get_json() == {"count": 0, "results": []}
    assert online() == ["khalid"]
    assert as_user("stranger").get(ONLINE).get_json()["count"] == 2


def test_a_user_in_the_list_has_the_usual_shape(as_user: AsUser, people: People) -> None:
    as_user("khalid").get(ONLINE)
    (person,) = as_user("noura").get(ONLINE).get_json()["results"]
    assert person == {
        "id": people["khalid"],
        "username": "khalid",
        "full_name": None,
        "preferred_name": None,
        "grade": None,
        "profile_picture_url": None,
    }


@pytest.mark.claim("A16")
def test_users_of_all_workers_are_listed(
    other_worker: Service,
    people: People,
    clock: SettableClock,
    online: Callable[[], list[str]],
    as_user: AsUser,
) -> None:
    note(other_worker, clock, people["stranger"], people["khalid"], people["noura"])
    as_user("khalid").get(ONLINE)
    assert online() == ["khalid", "stranger"]


def test_a_user_who_left_another_worker_is_offline_after_its_next_record(
    other_worker: Service, people: People, clock: SettableClock, online: Callable[[], list[str]]
) -> None:
    note(other_worker, clock, people["khalid"], people["stranger"])
    note(other_worker, clock, people["stranger"])
    assert online() == ["stranger"]
    note(other_worker, clock)
    assert online() == []


def test_the_users_of_a_worker_that_stopped_recording_are_offline(
    service: Service,
    other_worker: Service,
    people: People,
    clock: SettableClock,
    online: Callable[[], list[str]],
) -> None:
    note(other_worker, clock, people["khalid"])
    clock.advance(service.settings.seeker_away_seconds - 0.001)
    assert online() == ["khalid"]
    clock.advance(0.001)
    assert online() == []


def test_a_worker_does_not_list_its_own_recorded_users_after_their_streams_closed(
    service: Service, people: People, clock: SettableClock, online: Callable[[], list[str]]
) -> None:
    note(service, clock, people["khalid"])
    assert online() == []


def test_a_worker_without_online_users_writes_nothing(
    service: Service, people: People, clock: SettableClock
) -> None:
    def written() -> Any:
        with service.database.read_transaction() as connection:
            return connection.execute(select(Presence.user_ids, Presence.seen_at)).all()

    note(service, clock)
    assert written() == []
    note(service, clock, people["khalid"])
    clock.advance(5)
    note(service, clock)
    emptied = written()
    assert [row.user_ids for row in emptied] == [[]]
    clock.advance(5)
    note(service, clock)
    assert written() == emptied


@pytest.mark.claim("A16")
def test_of_many_users_a_hundred_are_listed_and_all_are_counted(
    service: Service, people: People, as_user: AsUser, clock: SettableClock, other_worker: Service
) -> None:
    note(other_worker, clock, *add_users(service, *(f"player{n}" for n in range(150))))
    pages = [as_user(name).get(ONLINE).get_json() for name in ("noura", "noura", "khalid")]
    names = [[person["username"] for person in page["results"]] for page in pages]
    assert [page["count"] for page in pages] == [150, 150, 151]
    assert [len(set(found)) for found in names] == [100, 100, 100]
    assert names[0] == names[1] == sorted(names[0])
    assert len(set(names[0]) & set(names[2])) < 95  # different viewers see different users


def test_a_disabled_account_is_not_listed(
    service: Service, people: People, as_user: AsUser, clock: SettableClock
) -> None:
    as_user("khalid").get(ONLINE)
    with service.database.transaction() as tx:
        accounts.set_disabled(tx.connection, people["khalid"], clock())
    assert as_user("noura").get(ONLINE).get_json()["results"] == []


def test_the_rows_of_workers_that_ended_are_deleted(
    service: Service, other_worker: Service, people: People, clock: SettableClock
) -> None:
    note(other_worker, clock, people["khalid"])
    clock.advance(48 * 3600)
    note(service, clock, people["noura"])
    service.sweeper.delete_old()
    with service.database.read_transaction() as connection:
        assert connection.scalar(select(func.count()).select_from(Presence)) == 1


def test_without_a_session_nobody_is_listed(as_user: AsUser) -> None:
    assert as_user("noura").application.test_client().get(ONLINE).status_code == 401


def test_presence_is_recorded_on_postgresql_as_well(postgres_service: Service) -> None:
    for user_ids in ({1, 2}, {2}):
        postgres_service.presence.record(user_ids, user_ids)
    with postgres_service.database.read_transaction() as connection:
        assert connection.scalars(select(Presence.user_ids)).all() == [[2]]
