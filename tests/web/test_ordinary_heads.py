"""Heads are read as gunicorn's own parser reads them, whatever is sent, and ordinary ones without it."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO, StringIO
from random import Random
from typing import Any

import pytest
from gevent import socket
from gunicorn import http, util
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import IterUnreader

from fuzz.http_inputs import http_input
from qader_sse.web.streaming import ordinary_heads
from qader_sse.web.streaming.ordinary_heads import OrdinaryParser, OrdinaryRequest
from tests.support.odd_heads import (
    CHROME,
    FIRST_LINES,
    LINES,
    POST,
    PROXIED,
    WEBSOCKET,
    in_pieces,
    mutated,
)

Settings = dict[str, Any]
Compare = Callable[[Sequence[bytes], Settings, Any], None]

PROXY, CLIENT, UNIX_SOCKET = ("127.0.0.1", 1), ("203.0.113.9", 2), ""
BASE_ENVIRON, UNQUOTE = (
    wsgi.base_environ,
    util.unquote_to_wsgi_str,
)  # gunicorn's own, before any test
OF_THE_BODY = ("cfg", "unreader", "body", "came_whole", "_came_behind_head")
SERVER = ("127.0.0.1", 8000)
OF_THE_PROJECT: Settings = {"forwarder_headers": ""}
OTHERS: Sequence[Settings] = (
    {},
    {"limit_request_line": 60},
    {"limit_request_line": 0},
    {"limit_request_field_size": 40},
    {"limit_request_fields": 3},
    {"header_map": "refuse"},
    {"header_map": "dangerous", "strip_header_spaces": True, "permit_obsolete_folding": True},
    {"permit_unconventional_http_method": True, "permit_unconventional_http_version": True},
    {"casefold_http_method": True, "forwarded_allow_ips": "*"},
    {"forwarded_allow_ips": "203.0.113.0/24", "secure_scheme_headers": {"X-ODD": "a"}},
    {"proxy_protocol": "auto", "proxy_allow_ips": "*"},
)


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Compare]:
    """Yield a comparison of what our parser and gunicorn's read of the same pieces."""
    monkeypatch.setattr(http, "RequestParser", http.RequestParser)
    monkeypatch.setattr(wsgi, "base_environ", wsgi.base_environ)
    monkeypatch.setattr(util, "unquote_to_wsgi_str", util.unquote_to_wsgi_str)
    near, far = socket.socketpair()  # to which a `100 Continue` is written
    configs: dict[str, tuple[Config, Config]] = {}
    for settings in (OF_THE_PROJECT, *OTHERS):
        configs[str(settings)] = ours, _ = config(settings), config(settings)
        ordinary_heads.install(ours)

    def readings_are_the_same(pieces: Sequence[bytes], settings: Settings, peer: Any) -> None:
        ours, gunicorns = configs[str(settings)]
        with monkeypatch.context() as patch:
            patch.setattr(wsgi, "base_environ", BASE_ENVIRON)
            patch.setattr(util, "unquote_to_wsgi_str", UNQUOTE)
            expected = readings(RequestParser(gunicorns, pieces, peer), near)
        assert readings(OrdinaryParser(ours, pieces, peer), near) == expected, (pieces, settings)

    yield readings_are_the_same
    near.close()
    far.close()


def config(settings: Settings) -> Config:
    found = Config()
    for name, value in settings.items():
        found.set(name, value)
    return found


def readings(parser: Any, connection: socket.socket) -> list[Any]:
    """Return what is read of a connection: each request, and what ended them."""
    found: list[Any] = []
    try:
        for request in parser:
            _, environ = wsgi.create(request, connection, parser.source_addr, SERVER, parser.cfg)
            found += [
                without(vars(request), *OF_THE_BODY),
                framing(request),
                request.should_close(),
            ]
            found.append(without(environ, "wsgi.errors", "wsgi.input", "wsgi.early_hints"))
            # With a query, the body is left to the parser, which discards it before a next request.
            if not request.query or request.should_close():
                found.append(request.body.read())
    except Exception as error:  # noqa: BLE001  # which one it is, is compared
        found.append((type(error), str(error)))
    return [*found, parser.unreader.take_buffered()]


def framing(request: Any) -> tuple[type, int | None]:
    """Return what kind of body is expected, and of which size."""
    if isinstance(request.body, BytesIO):  # it is here already
        return LengthReader, len(request.body.getvalue())
    reader = request.body.reader
    return type(reader), getattr(reader, "length", None)


def without(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in names}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_sent_is_read_as_by_gunicorn(
    seed: int, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed, parse = Counter[type](), Request.parse

    def counted(request: Any, unreader: Any) -> Any:
        parsed[type(request)] += 1
        return parse(request, unreader)

    monkeypatch.setattr(Request, "parse", counted)
    chance = Random(seed)
    for _ in range(1_500):
        whole = [b"".join(http_input(chance, ["x"]).pieces), CHROME, PROXIED, POST, WEBSOCKET]
        sent = [mutated(chance, chance.choice(whole)) for _ in range(chance.choice((1, 1, 3)))]
        settings = chance.choice((OF_THE_PROJECT, chance.choice(OTHERS)))
        peer = chance.choice((PROXY, CLIENT, UNIX_SOCKET))
        compare(in_pieces(chance, b"".join(sent)), settings, peer)
    assert 0.3 < parsed[OrdinaryRequest] / parsed[Request] < 0.8  # as many as that were odd


@pytest.mark.parametrize("settings", [OF_THE_PROJECT, *OTHERS], ids=str)
def test_each_line_of_a_smuggler_is_read_as_by_gunicorn(
    settings: Settings, compare: Compare
) -> None:
    for peer in (PROXY, CLIENT):
        for first in (b"POST / HTTP/1.1", b"GET / HTTP/1.0"):
            heads = [[line, b"Host: h"] for line in FIRST_LINES]
            heads += [[first, b"Host: h", b"Content-Length: 3", line] for line in LINES]
            heads += [[first, line, b"X-Forwarded-Proto: https", b"Host: h"] for line in LINES]
            heads += [[first, line, line] for line in LINES]
            for lines in heads:
                sent = b"\r\n".join(lines) + b"\r\n\r\nabcGET /next HTTP/1.1\r\n\r\n"
                compare([sent], settings, peer)


@pytest.mark.parametrize("peer", [PROXY, CLIENT])
@pytest.mark.parametrize("head", [CHROME, PROXIED, POST, WEBSOCKET])
def test_gunicorns_parser_is_not_asked_for_what_is_ordinary(
    head: bytes, peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Request, "parse")
    request = OrdinaryRequest(config(OF_THE_PROJECT), IterUnreader([head]), peer)
    assert head.startswith(request.method.encode())


def test_a_body_that_came_with_its_head_is_at_hand() -> None:
    pieces = [POST + CHROME + POST[:-1], POST[-1:]]
    requests = OrdinaryParser(config(OF_THE_PROJECT), pieces, PROXY)
    found = [(request.came_whole, request.body.read()) for request in requests]
    assert found == [(True, b"{}"), (True, b""), (False, b"{}")]


def test_what_an_app_writes_to_its_errors_goes_where_gunicorns_errors_go_now() -> None:
    environ = ordinary_heads.base_environ(config({"errorlog": "odd.log"}))
    handler = logging.StreamHandler(StringIO())
    log = logging.getLogger("gunicorn.error")
    log.addHandler(handler)  # as if the file were opened anew
    try:
        environ["wsgi.errors"].write("a traceback")
    finally:
        log.removeHandler(handler)

    assert handler.stream.getvalue() == "a traceback"
