"""The public address itself: whether the service answers there, TLS, HTTP/2, and its health."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any

from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Finding
from qader_sse.doctor.path.visitor import TIMEOUT_SECONDS, Visitor

_PUBLIC_CALL = "/api/v1/challenges/types/"
_SHORT_LIFE = timedelta(days=14)
_MOST_CLOCK_SECONDS = 1.0
_MOST_LAG_SECONDS = 10.0
# Each on a connection of its own, so that several workers are met.
_LOOKS = 4


def reach(exam: Examination) -> Iterator[Finding]:
    visitor = exam.visitor
    try:
        with closing(visitor.connect()):
            pass
    except ssl.SSLCertVerificationError as error:
        yield Finding(
            "certificate_refused",
            f"Browsers refuse the certificate of {visitor.address.netloc}: {error.verify_message}.",
            "Have the proxy send a certificate for this name, whole with its chain (nginx:"
            " ssl_certificate fullchain.pem).",
        )
        visitor.trust_any_certificate()
    except OSError as error:
        yield Finding(
            "url_away",
            f"{exam.options.url} cannot be reached: {error}.",
            "Start the proxy, or correct its name in DNS, its port or the firewall.",
            ends_part=True,
        )
        return
    yield from _is_our_service(exam, visitor)


def _is_our_service(exam: Examination, visitor: Visitor) -> Iterator[Finding]:
    url = f"{exam.options.url.rstrip('/')}{_PUBLIC_CALL}"
    try:
        answer = visitor.get(_PUBLIC_CALL)
    except (OSError, HTTPException) as error:
        yield Finding(
            "no_answer",
            f"GET {url} gets no answer: {str(error) or type(error).__name__}.",
            "Look whether the service runs, and at the proxy's log.",
            ends_part=True,
        )
        return
    if "location" in answer.headers:
        yield Finding(
            "redirected",
            f"GET {url} is answered with a redirect to {answer.headers['location']}.",
            "Give the doctor the address that people end up at.",
            ends_part=True,
        )
    elif answer.status in (502, 503, 504):
        yield Finding(
            "bad_gateway",
            f"GET {url} is answered with {answer.status}: the proxy does not reach the service.",
            "Start the service, or correct its address in the proxy (nginx: proxy_pass).",
            ends_part=True,
        )
    elif answer.status != 200 or not isinstance(answer.content, list):
        yield Finding(
            "another_service",
            f"GET {url} is answered with {answer.status}, and not as the service does.",
            "Correct the address, or the proxy's rule for it.",
            ends_part=True,
        )


def encryption(exam: Examination) -> Iterator[Finding]:
    address = exam.visitor.address
    if not address.is_https:
        if not address.is_local:
            yield Finding(
                "no_tls",
                f"{address.origin} is not encrypted: everybody on the way reads passwords and cookies.",
                "Serve by https; Caddy gets certificates by itself, nginx by certbot.",
            )
        return
    # A context of its own: Python itself speaks no HTTP/2, and must not offer it elsewhere.
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with _shaken(address.host, address.port, context) as connection:
            chosen, certificate = connection.selected_alpn_protocol(), connection.getpeercert()
    except ssl.SSLCertVerificationError:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with _shaken(address.host, address.port, context) as connection:
            chosen, certificate = connection.selected_alpn_protocol(), None
    if chosen != "h2":
        yield Finding(
            "no_http2",
            "The proxy offers no HTTP/2: a browser opens six connections at most, so the seventh"
            " stream of a person waits for ever.",
            "nginx: listen 443 ssl http2 (http2 on from 1.25.1 on); HAProxy: bind … alpn h2,http/1.1;"
            " Caddy does by itself.",
        )
    yield from _life_of(certificate, exam.clock())


def _shaken(host: str, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    connected = socket.create_connection((host, port), TIMEOUT_SECONDS)
    return context.wrap_socket(connected, server_hostname=host)


def _life_of(certificate: Any, now: datetime) -> Iterator[Finding]:
    if not certificate:
        return
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    if ends_at - now < _SHORT_LIFE:
        yield Finding(
            "certificate_ends",
            f"The certificate ends on {ends_at:%Y-%m-%d}: from then on browsers refuse it.",
            "Renew it, and look why that did not happen by itself.",
        )


def health(exam: Examination) -> Iterator[Finding]:
    """Look at /readyz, where the proxy lets it be seen from outside."""
    found: dict[str, Finding] = {}
    for _ in range(_LOOKS):
        ready = exam.visitor.get("/readyz").content
        if isinstance(ready, dict) and "database_answered_seconds_ago" in ready:
            exam.visitor.is_degraded |= ready["status"] == "degraded"
            found |= {finding.fault: finding for finding in _unhealthy(ready)}
    yield from found.values()


def _unhealthy(ready: dict[str, Any]) -> Iterator[Finding]:
    if ready["database"] != "ok":
        yield Finding(
            "service_unavailable",
            f"A worker has no database (/readyz: {ready['database']}).",
            "Look at its log for `degraded` or `needs to be mended`; it has the reason.",
        )
    if ready["bus"] != "ok":
        yield Finding(
            "service_degraded",
            "A worker does not reach Redis: events come up to half a second late (/readyz: bus).",
            "Look at its log for `the bus is away`, and compare its REDIS_URL with the one here.",
        )
    if ready["handover"] != "ok":
        yield Finding(
            "handover_off",
            "A worker writes streams by greenlets, some 20 KiB each (/readyz: handover).",
            "Look at its log for `streams are not handed over`; it has the reason. End TLS in a proxy.",
        )
    offset = ready["clock_offset_seconds"] or 0.0
    if abs(offset) > _MOST_CLOCK_SECONDS:
        yield Finding(
            "node_clock",
            f"PostgreSQL's clock is {offset:+.1f} s off the one of a node (/readyz).",
            "Have NTP (chrony, systemd-timesyncd) keep the clocks of all machines.",
        )
    if ready["sweeper_lag_seconds"] > _MOST_LAG_SECONDS:
        yield Finding(
            "sweeper_late",
            f"Duels end {ready['sweeper_lag_seconds']:.0f} s late (/readyz: sweeper_lag_seconds).",
            "Look for what blocks the workers or the database: CPU, disk, locks.",
        )
