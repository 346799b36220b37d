"""The checks of the path, each of which uses what the ones before it have opened."""

from qader_sse.doctor.finding import Check, Part
from qader_sse.doctor.path import arrival_checks, edge_checks, quiet_checks, stream_checks

PATH = Part(
    "path",
    lambda exam: bool(exam.options.url),
    (
        Check("the address", edge_checks.reach),
        Check("encryption and HTTP/2", edge_checks.encryption),
        Check("health of the workers", edge_checks.health),
        Check("how requests arrive", arrival_checks.arrival),
        Check("event stream", stream_checks.opening),
        Check("WebSocket", stream_checks.web_socket),
        Check("events at once", stream_checks.events),
        Check("connections at rest, for --quiet-seconds", quiet_checks.at_rest),
    ),
)
