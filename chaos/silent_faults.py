"""Faults on a cluster with a PgBouncer and shiftable clocks; most of them break no connection."""

import signal
import time
from contextlib import closing
from itertools import count

import gevent
import psycopg
from qader_client.rest import Api

from chaos.disk_faults import fill_disk
from chaos.faults import Fault, Target
from chaos.rude_clients import register, send_slowly, talk_without_end
from cluster.waiting import wait_until
from qader_sse.domain.events import Event, challenge_topic
from qader_sse.realtime.bus.announcements import Announcement
from qader_sse.realtime.bus.signatures import Signer

_ANNOUNCEMENTS_A_SECOND = 1500
_BATCHES_A_SECOND = 20
_LAG_SECONDS = 2.0
_COMMITS = "SELECT DISTINCT xmin::text FROM events"
_EVENTS = "SELECT topic, seq FROM events"
_CLOCK_OFFSET_SECONDS = 10

# Each row that a query reads fails the whole query with a chance of 5 %. The service inserts
# through the view, and inserts never fail.
_FAIL_READS = """
ALTER TABLE events RENAME TO whole_events;
CREATE FUNCTION is_readable() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
DECLARE
  luck float := random();
BEGIN
  IF luck < 0.025 THEN
    RAISE SQLSTATE 'XX001' USING MESSAGE = 'invalid page in block 7';
  ELSIF luck < 0.05 THEN
    RAISE SQLSTATE 'P0001' USING MESSAGE = 'an error that nobody has foreseen';
  END IF;
  RETURN true;
END $$;
CREATE VIEW events AS SELECT * FROM whole_events WHERE is_readable();
"""
_READ_AGAIN = """
DROP VIEW events;
DROP FUNCTION is_readable;
ALTER TABLE whole_events RENAME TO events;
"""


def join_under_announcements(target: Target) -> str:
    published = [0]
    flood = gevent.spawn(_publish, target, published)
    began_at = time.monotonic()
    times = 0
    try:
        while not times or time.monotonic() - began_at < target.seconds:
            for node in target.cluster.nodes:
                node.reload()
            times += 1
    finally:
        flood.kill()
    rate = published[0] / (time.monotonic() - began_at)
    return f"all workers replaced {times} × under {rate:.0f} announcements a second"


def _publish(target: Target, published: list[int]) -> None:
    """Announce events of topics that nobody follows, on all partitions, until killed."""
    names = target.redis("PUBSUB", "CHANNELS", "qader:*}")
    signer = Signer(target.cluster.settings["SECRET_KEY"])
    size = _ANNOUNCEMENTS_A_SECOND // _BATCHES_A_SECOND
    began_at = time.monotonic()
    with closing(target.cluster.redis.client()) as client:
        for batch in count(1):
            pipeline = client.pipeline(transaction=False)
            for number in range(size):
                topic = challenge_topic(10**9 + number)
                event = Event(topic, batch, "participant.update", {})
                data = signer.sign(Announcement("chaos", topic, (event,)).encode())
                pipeline.publish(names[number % len(names)], data)
            pipeline.execute()
            published[0] += size
            ahead = batch / _BATCHES_A_SECOND - (time.monotonic() - began_at)
            gevent.sleep(max(0.0, ahead))


def fail_reads(target: Target) -> str:
    def hang_up_some() -> None:
        for viewer in target.some_viewers():
            viewer.hang_up()

    address = target.cluster.postgres.url.replace("+psycopg", "", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_FAIL_READS)
        try:
            times = target.repeat(hang_up_some, pause=2)
        finally:
            connection.execute(_READ_AGAIN)
    return f"one row of twenty could not be read; half of the viewers came back {times} ×"


def differ_clocks(target: Target) -> str:
    """Start one node with its clock 10 s ahead; later set it 10 s behind, and the other's ahead."""
    first, second = target.cluster.nodes
    clocks = target.cluster.clocks
    try:
        clocks[1].shift(_CLOCK_OFFSET_SECONDS)
        second.stop(signal.SIGTERM)
        second.start()
        _check_session(target, second.base_url, first.base_url)
        time.sleep(target.seconds / 2)
        clocks[1].shift(-_CLOCK_OFFSET_SECONDS)
        clocks[0].shift(_CLOCK_OFFSET_SECONDS)
        time.sleep(target.seconds / 2)
        _check_session(target, first.base_url, second.base_url)
    finally:
        for clock in clocks:
            clock.shift(0)
        second.stop(signal.SIGTERM)
        second.start()
    return f"one node {_CLOCK_OFFSET_SECONDS} s ahead, then both stepped, in two directions"


def _check_session(target: Target, here: str, there: str) -> None:
    """Open a session on one node, and use it on the other."""
    with register(target, here) as api, closing(Api(there, api.cookie)) as other:
        status = other.get("/api/v1/users/me/").status
        if status != 200:
            target.problems.append(f"a session of one node was answered {status} by the other")


def fail_over(target: Target) -> str:
    """Promote a streaming standby that has received nothing for a while."""
    cluster, primary = target.cluster, target.cluster.postgres
    standby = cluster.start_standby()
    # The replication stops when all duels have begun, so that only answers are lost.
    wait_until(target.have_all_begun, timeout=60)
    standby.stop_replication()
    time.sleep(_LAG_SECONDS)
    cluster.replace_postgres(standby)
    kept = set(standby.query(_COMMITS))
    primary.start()  # only to compare: the proxy already forwards to the standby
    lost = set(primary.query(_COMMITS)) - kept
    primary.stop()
    if not lost:
        target.problems.append("the standby did not lag")
    return f"a standby took over that lacked {len(lost)} commits with events"


def restore_backup(target: Target) -> str:
    """Put a base backup in the place of the database, without an archive to recover from."""
    postgres = target.cluster.postgres
    wait_until(target.have_all_begun, timeout=60)  # so that only answers are lost
    postgres.back_up()
    time.sleep(2 * _LAG_SECONDS)  # each worker has looked at the database meanwhile
    before = set(postgres.query(_EVENTS))
    postgres.restore()
    lost = before - set(postgres.query(_EVENTS))
    if not lost:
        target.problems.append("the backup lacked nothing")
    return f"a base backup without {len(lost)} events was put back, without an archive"


def kill_pgbouncer(target: Target) -> str:
    pgbouncer = target.cluster.pgbouncer
    if pgbouncer is None:
        raise ValueError("only a cluster that is extended has a PgBouncer")

    def kill_and_restart() -> None:
        pgbouncer.kill()
        time.sleep(target.chance.uniform(0.5, 2))
        pgbouncer.start()

    beside = gevent.spawn(send_slowly, target)
    times = target.repeat(kill_and_restart, pause=2)
    return f"killed and started {times} ×, beside {beside.get()}"


SILENT_FAULTS = (
    Fault(
        "join-busy",
        "workers join under 1,500 announcements/s",
        join_under_announcements,
        excuses_rest=True,  # as a rolling restart
    ),
    Fault(
        "failing-reads",
        "reads of the log fail at random",
        fail_reads,
        is_logged=True,
        resets=True,
    ),
    Fault("clocks", "clocks differ by 10 s and step", differ_clocks, excuses_rest=True),
    Fault(
        "failover",
        "failover to a replica that lags",
        fail_over,
        least_seconds=6.0,
        excuses_rest=True,
        resets=True,
        loses_commits=True,
    ),
    Fault(
        "restore",
        "backup restored under running workers",
        restore_backup,
        least_seconds=6.0,
        excuses_rest=True,
        resets=True,
        loses_commits=True,
    ),
    Fault(
        "full-disk",
        "PostgreSQL's disk fills and empties",
        fill_disk,
        excuses_rest=True,
    ),
    Fault(
        "kill-pgbouncer",
        "PgBouncer `kill -9` and restart, slow requests beside it",
        kill_pgbouncer,
        excuses_rest=True,
    ),
    Fault("slow-requests", "slow heads and slow bodies", send_slowly),
    Fault("talkative", "a client that talks without end", talk_without_end),
)
