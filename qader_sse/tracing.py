"""What traces are for the service: spans of requests, and of the frames that these cause."""

from collections.abc import Mapping
from typing import Protocol

from qader_sse.config import BadSetting
from qader_sse.realtime.protocol.frames import Frame


class RequestSpan(Protocol):
    def end(self, status: int) -> None:
        """End the span, with the status that the request is answered with."""


class Tracing(Protocol):
    def request(self, name: str, request_id: str, headers: Mapping[str, str]) -> RequestSpan | None:
        """Begin the span of a request, within the trace that its headers name, if they do."""

    def current(self) -> str:
        """Return what names the current span to other workers; "" if none is to be sent."""

    def written(self, frame: Frame, transport: str, now: float) -> None:
        """Note that a frame which belongs to a trace was written."""


class NoTracing:
    """Traces nothing, and costs nothing."""

    def request(self, name: str, request_id: str, headers: Mapping[str, str]) -> None:
        return None

    def current(self) -> str:
        return ""

    def written(self, frame: Frame, transport: str, now: float) -> None:
        """Note nothing: another worker traces, this one does not."""


def tracing_to(endpoint: str) -> Tracing:
    """Return what sends traces to this endpoint, or traces nothing if there is none.

    OpenTelemetry is imported only if it is wanted: it is no part of what the service runs on, and
    takes a tenth of a second. Raises BadSetting if it is not installed.
    """
    if not endpoint:
        return NoTracing()
    try:
        from qader_sse.opentelemetry_tracing import OpenTelemetryTracing
    except ModuleNotFoundError as missing:
        raise BadSetting(
            f"TRACES_ENDPOINT needs {missing.name}, which is not installed. Run:"
            " pip install --require-hashes -r requirements-traces.txt"
        ) from None
    return OpenTelemetryTracing(endpoint)
