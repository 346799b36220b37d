"""Well-formed HTTP with odd contents: one to four requests on one connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from fuzz import odd_values

_API = "/api/v1/"
_PATHS = (
    *(
        "/",
        "/inspect/",
        "/docs/",
        "/docs/events/",
        "/livez",
        "/readyz",
        "/openapi/openapi.json",
        "/static/app/main.js",
        "/no/",
    ),
    *(f"{_API}auth/{name}/" for name in ("register", "login", "logout", "sessions")),
    *(f"{_API}auth/sessions/{{}}/", f"{_API}auth/sessions/end-others/", f"{_API}auth/ticket/"),
    *(f"{_API}users/{name}/" for name in ("me", "online", "blocked", "{}/block")),
    *(f"{_API}challenges/types/", f"{_API}challenges/notifications/events/"),
    *(f"{_API}challenges/challenges/", f"{_API}challenges/challenges/{{}}/"),
    *(
        f"{_API}challenges/challenges/{{}}/{action}/"
        for action in (
            "accept",
            "decline",
            "cancel",
            "ready",
            "answer",
            "results",
            "rematch",
            "events",
        )
    ),
    *("/sse/challenges/{}/", "/sse/challenges/notifications/", "/sse/stream/"),
    *("/ws/challenges/{}/", "/ws/challenges/notifications/"),
)
_PREFIXES = ("", "", "", "", "/ar", "/en", "/", "/.", "/%61r")
_QUERY_NAMES = (
    "last_event_id",
    "lastEventId",
    "Last-Event-ID",
    "after",
    "page",
    "topics",
    "challenges",
    "ticket",
    "next",
    "lang",
)
_METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "PATCH",
    "DELETE",
    "PUT",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "PURGE",
    "M-SEARCH",
    "A" * 20,
)
_FIELDS = {
    "username": '"player1"',
    "password": '"correct horse 1"',
    "email": '"a@example.org"',
    "full_name": '"سارة"',
    "preferred_name": '"Sara"',
    "grade": '"12"',
    "challenge_type": '"quick_quant_10"',
    "opponent_username": '"player2"',
    "question_id": "1",
    "selected_answer": '"A"',
    "time_taken": "3",
}
_JSON = "application/json"
_TYPES = (
    _JSON,
    _JSON,
    _JSON,
    _JSON,
    "application/json; charset=utf-16",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json; charset=no-such",
    "",
)
_HEADERS: dict[str, Sequence[str]] = {
    "Accept": ("*/*", "text/event-stream", "application/json;q=0", "a/b;q=nan"),
    "Accept-Encoding": ("gzip", "br;q=1, zstd", "identity;q=0", "*;q=0", ", ,gzip;q=5"),
    "Accept-Language": ("ar", "en-GB;q=0.1, *;q=0", "x" * 200, "-", "ar;q=x"),
    "Authorization": ("Bearer x", "Basic Og==", "Basic !!!", "Token " + "a" * 64, "Bearer"),
    "Cache-Control": ("no-store", "max-age=-1"),
    "Connection": ("close", "keep-alive", "Upgrade", "close, keep-alive", "Content-Length", "x, y"),
    "Expect": ("100-continue",),
    "Forwarded": ("for=unknown;proto=https", 'for="[::1]:x"'),
    "Idempotency-Key": ("one", '"two"', "", "k" * 255, "k" * 400, "é"),
    "If-Modified-Since": ("Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"),
    "If-None-Match": ("*", '"x"', 'W/"x", "y'),
    "Last-Event-ID": ("0", "3", "-1", "999999999999", "12.45_n.3", "banana", "", "1" * 200, "0x1"),
    "Origin": ("null", "http://h", "https://evil.example", "http://[::1", "", "http://h:99999"),
    "Range": ("bytes=0-0", "bytes=5-2", "bytes=-1", "bytes=0-,0-,0-", "lines=1"),
    "Referer": ("http://h/", "%"),
    "Sec-Fetch-Site": ("same-origin", "cross-site", "x"),
    "Transfer-Encoding": ("identity",),
    "Upgrade": ("websocket", "h2c", "WebSocket, x"),
    "X-Forwarded-For": ("1.2.3.4", "::1, 10.0.0.1", "unknown", ",", "x" * 300),
    "X-Forwarded-Host": ("a.example", "a.example, b.example", "[::1]:x", "a" * 300),
    "X-Forwarded-Proto": ("https", "http, https", "gopher"),
    "X-HTTP-Method-Override": ("DELETE",),
    "X-Odd": ("", "a" * 3_000, "\x7f", "é\xff", "a\tb"),
}
_HOSTS = (
    "h",
    "h",
    "h:80",
    "127.0.0.1",
    "[::1]",
    "h.example.",
    "a_b",
    "H",
    "h:0",
    "xn--0ca",
    "h,h",
    "",
)


@dataclass(frozen=True, slots=True)
class Input:
    """What is sent on one connection, in these pieces; and how the client leaves."""

    pieces: Sequence[bytes]
    resets: bool = False  # instead of reading the answers


def http_input(chance: Random, cookies: Sequence[str]) -> Input:
    requests = [_request(chance, cookies) for _ in range(chance.choice((1, 1, 1, 1, 2, 3, 4)))]
    data = b"".join(requests)
    pieces = [data]
    if chance.random() < 0.1:
        cut = chance.randrange(1, len(data))
        pieces = [data[:cut], data[cut:]]
    return Input(pieces, resets=chance.random() < 0.05)


def _request(chance: Random, cookies: Sequence[str]) -> bytes:
    method = chance.choice(_METHODS)
    body = b""
    lines = [f"Host: {chance.choice(_HOSTS)}"]
    if chance.random() < 0.8:
        cookie = chance.choice(cookies) if chance.random() < 0.9 else odd_values.text(chance)
        lines.append(f"Cookie: sessionid={quote(cookie, safe='')}; a=b; =; c")
    for _ in range(chance.choice((0, 0, 1, 2, 3, 6))):
        name = chance.choice(list(_HEADERS))
        lines.append(f"{chance.choice((name, name.lower()))}: {chance.choice(_HEADERS[name])}")
    if method not in ("GET", "HEAD", "TRACE") or chance.random() < 0.1:
        lines.append(f"Content-Type: {chance.choice(_TYPES)}")
        body = _body(chance)
        if chance.random() < 0.3:
            lines.append("Transfer-Encoding: chunked")
            body = _chunked(chance, body)
        else:
            lines.append(f"Content-Length: {len(body)}")
    chance.shuffle(lines)
    version = chance.choice(("1.1", "1.1", "1.1", "1.1", "1.0"))
    head = f"{method} {_target(chance)} HTTP/{version}\r\n" + "".join(f"{x}\r\n" for x in lines)
    return head.encode("latin-1", errors="replace") + b"\r\n" + body


def _target(chance: Random) -> str:
    path = chance.choice(_PREFIXES) + chance.choice(_PATHS).format(_id(chance))
    luck = chance.random()
    if luck < 0.03:
        return f"http://h{path}"
    if luck < 0.05:
        return chance.choice(("*", "//h/x", "/" * 50, "/?", "/#x", "/%ff%fe", "/%", "/a%0d%0ab"))
    if luck < 0.4:
        pairs = (
            f"{chance.choice(_QUERY_NAMES)}={quote(odd_values.text(chance), safe='*')}"
            for _ in range(chance.randrange(1, 4))
        )
        path += "?" + chance.choice(("&", "&&", ";")).join(pairs)
    return path


def _id(chance: Random) -> str:
    if chance.random() < 0.7:
        return str(chance.randrange(1, 60))
    return quote(chance.choice((odd_values.text(chance), str(odd_values.number(chance)))), safe="")


def _body(chance: Random) -> bytes:
    luck = chance.random()
    if luck < 0.7:
        names = chance.sample(list(_FIELDS), chance.randrange(1, 5))
        written = odd_values.json_object(chance, {name: _FIELDS[name] for name in names})
    elif luck < 0.9:
        written = odd_values.json_text(chance)
    else:
        written = chance.choice(("", "a=b&a=c&%=%", "--x\r\n\r\n--x--", "{" * 70_000, "\ufeff{}"))
    coding = chance.choice(("utf-8", "utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig"))
    return written.encode(coding, errors="surrogatepass") + (b"\xff" if luck < 0.02 else b"")


def _chunked(chance: Random, body: bytes) -> bytes:
    written, at = b"", 0
    while at < len(body):
        size = max(chance.choice((1, 7, 100, 5_000)), len(body) // 50)
        chunk = body[at : at + size]
        extension = chance.choice((b"", b"", b";a=b", b';a="b;c"'))
        written += b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk)
        at += size
    return written + b"0\r\n" + chance.choice((b"", b"", b"X-Trailer: 1\r\n")) + b"\r\n"
