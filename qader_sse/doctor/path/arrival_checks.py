"""How a request arrives at the service: what proxies take away, and what they do not say."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from http.client import HTTPException
from typing import Any

from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Finding
from qader_sse.doctor.path.visitor import Answer, Visitor
from qader_sse.store.errors import StoreUnavailable
from qader_sse.version import VERSION

_OF_PROXIES = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via"}
_MOST_CLOCK_SECONDS = 2.0


def arrival(exam: Examination) -> Iterator[Finding]:
    visitor = exam.visitor
    try:
        visitor.sign_in()
    except StoreUnavailable as error:
        why = str(error.__cause__ or error).strip().partition("\n")[0]
        yield Finding(
            "no_canary",
            f"The canary could not be signed in: the database does not serve ({why}).",
            "Mend what is found of the database, then run the doctor again.",
            ends_part=True,
        )
        return
    asked_at = exam.clock()
    try:
        answer = _call(visitor, as_page=True)
        if answer.status == 403:
            yield _host_lost(answer)
            answer = _call(visitor, as_page=False)
        elif answer.status == 200 and "origin" not in visitor.arrival["headers"]:
            yield _lost("Origin", "the service cannot tell its own pages from those of others")
    except (OSError, HTTPException) as error:
        yield _not_answered(str(error) or type(error).__name__)
        return
    if answer.status != 200 or not visitor.arrival:
        yield _refused(answer)
        return
    seen = visitor.arrival
    if "last-event-id" not in seen["headers"]:
        yield _lost("Last-Event-ID", "streams that reconnect begin with a whole snapshot")
    yield from _forwarding(visitor, seen)
    yield from _worker(seen, (asked_at, exam.clock()))


def _call(visitor: Visitor, *, as_page: bool) -> Answer:
    with closing(visitor.connect()) as connection:
        return visitor.call(connection, as_page=as_page)


def _host_lost(answer: Answer) -> Finding:
    said = str(answer.content.get("detail", "")) if isinstance(answer.content, dict) else ""
    return Finding(
        "host_lost",
        "The proxy replaces Host, so the service refuses its own pages:"
        f" {said.partition('. ')[0] or answer.status}.",
        "nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On; or send"
        " X-Forwarded-Host, and name the proxy in FORWARDED_ALLOW_IPS.",
    )


def _lost(header: str, consequence: str) -> Finding:
    return Finding(
        "header_lost",
        f"The proxy removes the header {header}: {consequence}.",
        f"Have it pass all headers on; look for a rule that empties {header} (nginx:"
        f' proxy_set_header {header} "").',
    )


def _refused(answer: Answer) -> Finding:
    if answer.status == 401:
        return Finding(
            "session_unknown",
            "The service behind the address does not know the canary's session: it has another"
            " database or key than the doctor, or the proxy removes Cookie.",
            "Run the doctor with the DATABASE_URL and the SECRET_KEY of the service.",
            ends_part=True,
        )
    if answer.status in (404, 405):
        return Finding(
            "canary_missing",
            f"The service behind the address knows no canary ({answer.status}): it is of an earlier"
            " version, or the proxy does not pass /canary/ on.",
            "Restart the service in this version, and have the proxy pass everything on.",
            ends_part=True,
        )
    return _not_answered(str(answer.status))


def _not_answered(said: str) -> Finding:
    return Finding(
        "canary_refused",
        f"POST /canary/ was not answered as it should be: {said}.",
        "Look at the proxy's log and the service's for this request.",
        ends_part=True,
    )


def _forwarding(visitor: Visitor, seen: dict[str, Any]) -> Iterator[Finding]:
    peer, said = seen["peer_address"], _OF_PROXIES & set(seen["headers"])
    if seen["http_version"] == "HTTP/1.0":
        yield Finding(
            "http10",
            "The proxy speaks HTTP/1.0 to the service: no WebSocket passes, and each request needs a"
            " connection of its own.",
            "nginx: proxy_http_version 1.1;",
        )
    if said and not seen["is_peer_trusted"]:
        yield Finding(
            "proxy_untrusted",
            f"The service does not believe its proxy {peer}: all people share one address and its"
            " limits, cookies are not Secure, and idle connections end after 5 s.",
            f"Set FORWARDED_ALLOW_IPS={peer or '*'} (several are separated by commas), and restart.",
        )
        return
    is_behind_proxy = visitor.own_port != seen["peer_port"] and seen["is_peer_trusted"]
    if is_behind_proxy and "x-forwarded-for" not in seen["headers"]:
        yield Finding(
            "client_address_lost",
            f"The proxy {peer} does not say from where people come: all share one address and its"
            " limits.",
            "nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; HAProxy: option"
            " forwardfor",
        )
    if visitor.address.is_https and seen["scheme"] != "https":
        yield Finding(
            "scheme_lost",
            "The service does not know that people come by https: cookies are not Secure, and there is"
            " no Strict-Transport-Security.",
            "nginx: proxy_set_header X-Forwarded-Proto $scheme; HAProxy: http-request set-header"
            " X-Forwarded-Proto https if { ssl_fc }",
        )


def _worker(seen: dict[str, Any], asked: tuple[datetime, datetime]) -> Iterator[Finding]:
    if seen["version"] != VERSION:
        yield Finding(
            "version_differs",
            f"The service runs version {seen['version']}, and this is {VERSION}.",
            "Restart it in this version, or run the doctor of that one.",
        )
    if not seen["is_patched"]:
        yield Finding(
            "not_patched",
            "The worker's sockets are not gevent's: one slow client stops all others.",
            "Start it by gunicorn with gunicorn.conf.py, which names the gevent worker.",
        )
    elif not seen["is_patched_in_time"]:
        yield Finding(
            "patched_late",
            "gevent has patched Python after the service was loaded: a query of PostgreSQL stops all"
            " streams of its worker.",
            "Take --preload out of gunicorn's command; in a configuration of your own, import nothing"
            " of the service before the worker has started.",
        )
    now = datetime.fromisoformat(seen["now"])
    off = max((asked[0] - now).total_seconds(), (now - asked[1]).total_seconds())
    if off > _MOST_CLOCK_SECONDS:
        yield Finding(
            "service_clock",
            f"The service's time is {off:.1f} s off the clock of this machine.",
            "Have NTP (chrony, systemd-timesyncd) keep the clocks; where the database is SQLite,"
            " restart the service afterwards.",
        )
