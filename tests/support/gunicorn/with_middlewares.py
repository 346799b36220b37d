"""The project's gunicorn.conf.py, with the WSGI middlewares of Sentry and OpenTelemetry around the app.

Both wrap `start_response`. What they would report is printed, a line each.
"""

import runpy
from typing import Any

globals().update(found := runpy.run_path("gunicorn.conf.py"))


def post_worker_init(worker: Any) -> None:
    import sentry_sdk
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
    from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

    def print_error(event: Any, hint: Any) -> None:
        print(f"sentry error: {event.get('exception') or event.get('logentry')}", flush=True)

    def print_transaction(event: Any, hint: Any) -> None:
        path = event["request"]["url"].partition("/sse/")[2] or event["request"]["url"]
        print(f"sentry transaction: {path} {event['contexts']['trace']['status']}", flush=True)

    def line_of_span(span: Any) -> str:
        path, status = (span.attributes.get(f"http.{name}") for name in ("target", "status_code"))
        return f"opentelemetry span: {path} {status} {span.status.status_code.name}\n"

    sentry_sdk.init(
        dsn="http://nobody@127.0.0.1:1/1",
        traces_sample_rate=1.0,
        before_send=print_error,
        before_send_transaction=print_transaction,
    )
    spans = TracerProvider()
    spans.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=line_of_span)))
    app = worker.wsgi
    app.wsgi_app = SentryWsgiMiddleware(
        OpenTelemetryMiddleware(app.wsgi_app, tracer_provider=spans)
    )
    found["post_worker_init"](worker)
