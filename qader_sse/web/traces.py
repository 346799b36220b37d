"""Begins a span for each request, where traces are wanted."""

from flask import Flask, Response, g, request

from qader_sse.tracing import NoTracing, RequestSpan, Tracing
from qader_sse.web.own_host import FROM_PROXY
from qader_sse.web.request_identity import request_id

# Probes and scrapes come every few seconds, and cause nothing.
_UNTRACED = ("health", "metrics")


def register(app: Flask, tracing: Tracing) -> None:
    """Trace each request from before its checks until its answer's head is made."""
    if isinstance(tracing, NoTracing):
        return

    def begin() -> None:
        if request.blueprint in _UNTRACED:
            return
        route = request.url_rule.rule if request.url_rule else "none"
        # Only a trusted proxy names the trace: a client could have everything of its own sent.
        headers = {"traceparent": request.headers.get("Traceparent", "")}
        is_trusted = request.environ.get(FROM_PROXY)
        g.span = tracing.request(
            f"{request.method} {route}",
            request_id(request.environ),
            headers if is_trusted else {},
        )

    def note_status(response: Response) -> Response:
        g.status = response.status_code
        return response

    def end(error: BaseException | None) -> None:
        span: RequestSpan | None = g.pop("span", None)
        if span is not None:
            span.end(g.get("status", 500))

    app.before_request(begin)
    app.after_request(note_status)
    app.teardown_request(end)
