"""Traces are off unless they are wanted, and then begin with requests, or with a proxy's trace."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask import Flask

from qader_sse import create_app
from qader_sse.config import BadSetting
from qader_sse.installation import ROOT
from qader_sse.opentelemetry_tracing import OpenTelemetryTracing
from qader_sse.tracing import NoTracing, tracing_to
from qader_sse.web.own_host import FROM_PROXY
from tests.conftest import dispose, make_settings
from tests.support.trace_collector import Collector, collecting

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADERS = {"Traceparent": f"00-{TRACE}-{PARENT}-01"}
WITHOUT = """
import sys
from qader_sse import create_app
from qader_sse.config import Settings
create_app(Settings(secret_key="a-key-of-sixteen-characters", database_url="sqlite://"))
# Some of it is imported by a library that looks whether it is there.
tracing = ("qader_sse.opentelemetry_tracing", "opentelemetry.sdk.trace", "opentelemetry.exporter")
print([name for name in sys.modules if name in tracing])
"""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def traced(database_url: str, collector: Collector) -> Iterator[Flask]:
    app = create_app(make_settings(database_url, traces_endpoint=collector.endpoint))
    yield app
    tracing_of(app).close()
    dispose(app)


def tracing_of(app: Flask) -> OpenTelemetryTracing:
    tracing = app.extensions["qader_sse_tracing"]
    assert isinstance(tracing, OpenTelemetryTracing)
    return tracing


def test_where_they_are_not_wanted_their_library_is_not_imported() -> None:
    assert isinstance(tracing_to(""), NoTracing)
    found = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_where_their_library_is_missing_the_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "qader_sse.opentelemetry_tracing")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(BadSetting, match="TRACES_ENDPOINT needs opentelemetry, which is not inst"):
        tracing_to("http://collector:4318/v1/traces")


def test_an_endpoint_that_is_no_address_is_refused() -> None:
    with pytest.raises(BadSetting, match="TRACES_ENDPOINT must be an address such as"):
        make_settings("sqlite://", traces_endpoint="collector:4318")


@pytest.mark.parametrize("is_trusted", [True, False])
def test_only_a_trusted_proxy_names_the_trace(
    traced: Flask, collector: Collector, *, is_trusted: bool
) -> None:
    client = traced.test_client()
    client.get("/inspect/", headers=HEADERS, environ_overrides={FROM_PROXY: is_trusted})
    client.get("/readyz", headers=HEADERS, environ_overrides={FROM_PROXY: is_trusted})
    tracing_of(traced).flush()
    (span,) = collector.spans
    assert span.name == "GET /inspect/"
    assert (span.trace_id == TRACE, span.parent_id == PARENT) == (is_trusted, is_trusted)


def test_what_a_request_does_not_find_is_a_span_too(traced: Flask, collector: Collector) -> None:
    answer = traced.test_client().get("/nowhere")
    traced.test_client().get("/api/v1/users/me/")
    tracing_of(traced).flush()
    assert [span.name for span in collector.spans] == ["GET none", "GET /api/v1/users/me/"]
    first, second = collector.spans
    assert first.request_id == answer.headers["X-Request-ID"]
    assert first.trace_id != second.trace_id
