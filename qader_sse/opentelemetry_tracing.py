"""Traces by OpenTelemetry: from a request to the frames that it causes, on whichever worker.

Imported by `tracing` alone, and only where traces are wanted.
"""

import os
from collections.abc import Mapping

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from qader_sse.realtime.protocol.frames import Frame
from qader_sse.version import VERSION

_PROPAGATOR = TraceContextTextMapPropagator()
_NANOSECONDS = 10**9


class OpenTelemetrySpan:
    """The span of one request, which is current from its beginning to `end`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._token = context.attach(trace.set_span_in_context(span))

    def end(self, status: int) -> None:
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_status(trace.StatusCode.ERROR)
        context.detach(self._token)
        self._span.end()


class OpenTelemetryTracing:
    """Makes spans, and sends them to a collector in the background."""

    def __init__(self, endpoint: str) -> None:
        # What else there is to set, such as the share of requests that are traced, the library
        # reads from the variables that all of its services have.
        resource: dict[str, str | int] = {
            "service.name": "qader_sse",
            "service.version": VERSION,
            "process.pid": os.getpid(),
        }
        self._provider = TracerProvider(resource=Resource.create(resource))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        self._tracer = self._provider.get_tracer(__name__)

    def request(self, name: str, request_id: str, headers: Mapping[str, str]) -> OpenTelemetrySpan:
        span = self._tracer.start_span(
            name,
            context=_PROPAGATOR.extract(headers),
            kind=trace.SpanKind.SERVER,
            attributes={"qader.request_id": request_id},
        )
        return OpenTelemetrySpan(span)

    def current(self) -> str:
        found: dict[str, str] = {}
        if trace.get_current_span().get_span_context().trace_flags.sampled:
            _PROPAGATOR.inject(found)
        return found.get("traceparent", "")

    def written(self, frame: Frame, transport: str, now: float) -> None:
        """Note that a frame was written: a span from the commit of its event until now."""
        span = self._tracer.start_span(
            f"frame {frame.type}",
            context=_PROPAGATOR.extract({"traceparent": frame.trace}),
            kind=trace.SpanKind.CONSUMER,
            start_time=int(frame.committed_at * _NANOSECONDS),
            attributes={"qader.transport": transport, "qader.seq": frame.seq},
        )
        span.end(int(max(now, frame.committed_at) * _NANOSECONDS))

    def flush(self) -> None:
        """Send what waits to be sent."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what waits to be sent, and end."""
        self._provider.shutdown()
