"""Nothing grows for ever: what a duel leaves behind is deleted after its retention, in every table."""

from sqlalchemy import inspect, text

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from qader_sse.store import event_log
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, play_to_the_end, started_duel, user_id
from tests.support.transports import viewing

# These grow with the people and the questions, not with what is played: nothing deletes their rows. Of
# blocks, each person has a limited number, and one Django id; both go with the account.
KEPT = {
    *("alembic_version", "users", "blocks", "django_users"),
    *("sections", "subsections", "skills", "questions"),
}
TOPICS_OF_USERS = {"user", "creation", "matchmaking", "sessions"}


def row_counts(service: Service) -> dict[str, int]:
    """Return the number of rows of every table that the database has."""
    with service.database.read_transaction() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608  # our own names
            for table in inspect(connection).get_table_names()
        }


def use(service: Service, clock: SettableClock) -> None:
    """Do everything that leaves rows: sign in and out, invite, search, play; let it all end."""
    now = clock()
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    challenges, accounts = service.challenges, service.accounts
    accounts.sign_out(accounts.sign_in("noura", PASSWORD, None, now).id, now)
    lasting = accounts.sign_in("khalid", PASSWORD, None, now)  # this session runs out
    service.password_changes.allow_reset("khalid", act(now))
    service.stream_tickets.issue(lasting.id, "/sse/challenges/notifications/", now)
    service.presence.record({noura, khalid}, {noura, khalid})
    follow(service, noura)

    finished = play_to_the_end(service, started_duel(service, noura, "khalid"))
    rematch = challenges.rematch(finished.id, khalid, now, key=f"rematch {finished.id}")
    challenges.decline(rematch.id, noura, now)
    withdrawn = challenges.seek(noura, "quick_quant_10", now, key=f"search {finished.id}")
    challenges.cancel(withdrawn.id, noura, now)
    found = challenges.seek(noura, "accuracy_challenge", now)
    assert challenges.seek(khalid, "accuracy_challenge", now).id == found.id  # they never start
    challenges.invite(noura, "quick_quant_10", "khalid", now)  # never answered
    clock.advance(service.settings.invite_seconds)
    service.sweeper.run_once()


def follow(service: Service, user_id: int) -> None:
    """Open a stream, and let it end."""
    viewer = Viewer(user_id, "en")
    duel = service.challenges.seek(user_id, "speed_challenge_5min", service.clock())
    start = service.opener.challenge(duel.id, viewer, None)
    with viewing("socket", service, viewer, start):
        service.stream_recorder.run_once()
    service.stream_recorder.run_once()
    service.challenges.cancel(duel.id, user_id, service.clock())


def outlive_everything(service: Service, clock: SettableClock) -> None:
    clock.advance(service.settings.challenge_retention_seconds + 1)
    service.sweeper.delete_old()


def test_what_people_do_leaves_no_row_behind_in_any_table(
    service_on_either: Service, clock: SettableClock
) -> None:
    """A new table fails here until `use` fills it, and the sweeper empties it."""
    service = service_on_either
    use(service, clock)
    in_use = row_counts(service)
    assert {table for table in in_use.keys() - KEPT if in_use[table] == 0} == set()

    outlive_everything(service, clock)

    once = row_counts(service)
    # `topics` keeps a row for each user, and `event_log_origin` has its one row.
    left = {table for table in once.keys() - KEPT if once[table] > 0}
    assert left == {"topics", "event_log_origin"}
    assert once["event_log_origin"] == 1
    for _ in range(2):
        use(service, clock)
    outlive_everything(service, clock)
    assert row_counts(service) == once


def test_topics_are_kept_for_users_and_deleted_with_challenges(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    use(service, clock)
    outlive_everything(service, clock)

    with service.database.read_transaction() as connection:
        names = connection.scalars(text("SELECT name FROM topics")).all()
        assert {name.partition(":")[0] for name in names} == TOPICS_OF_USERS
        for name in names:
            bounds = event_log.bounds(connection, name)
            assert bounds.floor == bounds.head
