"""The metrics of streams, of the events they carry, and of the bus."""

from collections.abc import Iterator

from qader_sse.metrics.reading import Reading, counter, gauge, histogram, read, read_each
from qader_sse.realtime.streams.tallies import ENDINGS
from qader_sse.service import Service

OPEN = gauge("qader_streams_open", "Streams that are open.", "transport", "kind")
PLACES_TAKEN = gauge(
    "qader_stream_places_taken", "Places that streams take: each has one for each of its topics."
)
PLACES = gauge("qader_stream_places", "Places that the workers have for streams.")
OPENED = counter("qader_streams_opened_total", "Streams that were opened.", "transport", "kind")
REFUSED = counter(
    "qader_streams_refused_total", "Streams that were asked for and refused.", "transport", "reason"
)
ENDED = counter(
    "qader_streams_ended_total", "Streams that have ended.", "transport", "kind", "reason"
)
STARTED = counter(
    "qader_topics_started_total", "Topics that streams and polls have begun, by how.", "mode"
)
FRAMES = counter("qader_frames_written_total", "Messages written to streams.", "transport", "kind")
DELAY = histogram(
    "qader_delivery_delay_seconds",
    "From the commit of an event to its frame in the socket, of streams open at the commit.",
    "transport",
    "kind",
)
APPENDED = counter("qader_events_appended_total", "Events that were committed.", "type")
ANNOUNCED = counter("qader_events_announced_total", "Events that were passed to the bus.")
NOT_ANNOUNCED = counter("qader_announcements_failed_total", "Announcements that failed at once.")
RECEIVED = counter(
    "qader_events_received_total",
    "Events of watched topics that came by the bus: new, or repeated.",
    "outcome",
)
REPLAYED = counter("qader_rows_replayed_total", "Rows of the event log read again for clients.")
LOG_READS = counter(
    "qader_log_reads_total", "Pages of the event log read for streams that are behind.", "outcome"
)
CAUGHT_UP = counter(
    "qader_catch_ups_found_total", "Topics that had events whose announcement never came here."
)
BUS_UP = gauge(
    "qader_bus_up", "Whether announcements reach all workers: 0 if those of one do not.",
    merge="livemin",
)  # fmt: skip
BUS_JOINS = counter("qader_bus_joins_total", "Times a worker has joined the bus.")
BUS_FAULTS = counter(
    "qader_bus_faults_total", "Connections to Redis that were lost, or not made.", "kind"
)
BUS_MESSAGES = counter(
    "qader_bus_messages_total", "Announcements between workers, by what became of them.", "outcome"
)
_LOOKED_AT = [
    (transport, reason) for transport in ("sse", "websocket") for reason in ("limit", "unavailable")
]
_FAULTS = {"lost_connections": "lost", "failed_attempts": "not_made"}
_MESSAGES = ("published", "received", "unpublished", "overflowed", "unreadable", "untrusted")


def readings(service: Service) -> Iterator[Reading]:
    hub, streams = service.hub, service.streams
    yield read(PLACES_TAKEN, hub.open_streams)
    yield read(PLACES, service.settings.max_streams)
    for transport, kind, tally in streams.tallies.all():
        yield read(OPEN, tally.open, transport, kind)
        yield read(OPENED, tally.opened, transport, kind)
        yield from read_each(ENDED, dict.fromkeys(ENDINGS, 0) | tally.ended, transport, kind)
        yield read(FRAMES, tally.frames, transport, kind)
        yield read(DELAY, tally.delays, transport, kind)
    # Those that an alert looks at are there from the start, as endings are on the dashboard:
    # Prometheus sees only how counters grow.
    refused = dict.fromkeys(_LOOKED_AT, 0) | streams.tallies.refused
    for (transport, reason), count in refused.items():
        yield read(REFUSED, count, transport, reason)
    yield from _of_events(service)
    yield from _of_the_bus(service)


def _of_events(service: Service) -> Iterator[Reading]:
    hub, database, opened = service.hub, service.database, service.opener.counters
    yield from read_each(APPENDED, database.appended)
    yield read(ANNOUNCED, database.announced)
    yield read(NOT_ANNOUNCED, database.failed_announcements)
    for mode in ("snapshot", "resumed", "reset"):
        yield read(STARTED, opened[mode], mode)
    yield read(REPLAYED, opened["rows"] + hub.counters["log_rows"])
    yield read(RECEIVED, hub.counters["received"], "new")
    yield read(RECEIVED, hub.counters["repeated"], "repeated")
    yield read(LOG_READS, hub.counters["log_reads"], "read")
    yield read(LOG_READS, hub.counters["log_away"], "away")
    yield read(CAUGHT_UP, hub.counters["lost"])


def _of_the_bus(service: Service) -> Iterator[Reading]:
    bus = service.bus
    yield read(BUS_UP, float(bus.is_up))
    yield read(BUS_JOINS, bus.counters["joins"])
    for name, kind in _FAULTS.items():
        yield read(BUS_FAULTS, bus.counters[name], kind)
    for outcome in _MESSAGES:
        yield read(BUS_MESSAGES, bus.counters[outcome], outcome)
