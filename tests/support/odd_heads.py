"""Heads of requests: those of ordinary clients, and odd ones that are made of them by chance."""

from random import Random

CHROME = (
    b"GET /api/v1/users/me/?after=3&x=%D9%84 HTTP/1.1\r\nHost: duel.example:8443\r\n"
    b'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"\r\nsec-ch-ua-mobile: ?0\r\n'
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n"
    b"Accept: */*\r\nReferer: https://duel.example/app/\r\nAccept-Encoding: gzip, deflate, br\r\n"
    b"Cookie: sessionid=x; csrftoken=y\r\nConnection: keep-alive\r\n\r\n"
)
PROXIED = CHROME.replace(
    b"Accept: ", b"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nAccept: "
)
POST = b"POST /a/ HTTP/1.1\r\nhost:h\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n{}"
WEBSOCKET = (
    b"GET /ws/x/ HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x80aaaa"
)

FIRST_LINES = [
    *b"GET / HTTP/1.1|GET / HTTP/1.0|GET / HTTP/1.2|GET / HTTP/2.0|GET / HTTP/0.9".split(b"|"),
    *b"GET / http/1.1|GET / HTTP/1.1 |GET  / HTTP/1.1|GET\t/ HTTP/1.1|GET /|GET|".split(b"|"),
    *b"get / HTTP/1.1|Get / HTTP/1.1|GE / HTTP/1.1|A#A / HTTP/1.1|M-GET / HTTP/1.1".split(b"|"),
    *b"CONNECT /x HTTP/1.1|CONNECT h:80 HTTP/1.1|OPTIONS * HTTP/1.1|GET * HTTP/1.1".split(b"|"),
    *b"GET http://h/x?y#z HTTP/1.1|GET h:80 HTTP/1.1|GET x HTTP/1.1|GET ?x HTTP/1.1".split(b"|"),
    *b"GET //h/x HTTP/1.1|GET ///x HTTP/1.1|GET /x//y HTTP/1.1|GET /.//x HTTP/1.1".split(b"|"),
    *b"GET /x?y?z HTTP/1.1|GET /x#y?z HTTP/1.1|GET /x? HTTP/1.1|GET /x?y# HTTP/1.1".split(b"|"),
    *b"GET /\xd9\x84 HTTP/1.1|GET /a b HTTP/1.1|GET /a\0 HTTP/1.1|GET /a\n HTTP/1.1".split(b"|"),
    *b"GET /:80//[x]@y;z HTTP/1.1|GET /%00%ff%d9%84+ HTTP/1.1|GET /\\..\\x HTTP/1.1".split(b"|"),
    *b"\r\nGET / HTTP/1.1|\r\n\r\nGET / HTTP/1.1|\nGET / HTTP/1.1|\rGET / HTTP/1.1".split(b"|"),
    *b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2|PROXY /x HTTP/1.1|PRI * HTTP/2.0".split(b"|"),
    b"POST /" + b"a" * 5_000 + b" HTTP/1.1",
]

# By which a client may smuggle a request past a proxy, or speak as if it were one; and harmless ones.
LINES = [
    *b"Content-Length: 3|Content-Length: 3, 3|Content-Length: +3|Content-Length: -3".split(b"|"),
    *b"content-length: 0|Content-Length:|Content-Length: 0x3|Content-Length: 3 3".split(b"|"),
    *b"Content-Length : 3|Content-Length\t: 3| Content-Length: 3|Content_Length: 3".split(b"|"),
    *b"Transfer-Encoding: chunked|Transfer-Encoding: chunked, identity".split(b"|"),
    *b"Transfer-Encoding : chunked|transfer-encoding:\tchunked|TE: trailers".split(b"|"),
    *b"Transfer-Encoding: xchunked|Transfer\xadEncoding: chunked".split(b"|"),
    *b"Transfer-Encoding: gzip, chunked|Transfer-Encoding: a\r\n chunked".split(b"|"),
    *b"Connection: close|Connection: keep-alive|Connection: close, keep-alive".split(b"|"),
    *b"Expect: 100-continue|Expect: 100-Continue|Expect: the-unexpected|Expect:".split(b"|"),
    *b"Host: other|HOST:other|Host: a\r\n b|Host: a\r\n\tb|\tHost: a|Host|:|: no name||".split(
        b"|"
    ),
    *b"X-Forwarded-Proto: https|X-Forwarded-Proto: http|X-Forwarded-Ssl: on".split(b"|"),
    *b"X-Forwarded-Proto: https, http|X-Forwarded-Protocol: ssl".split(b"|"),
    *b"X_Forwarded_Proto: https|X-Forwarded-For: 1.2.3.4|X_Forwarded_For: 1.2.3.4".split(b"|"),
    *b"Script-Name: /a|SCRIPT_NAME: /a|Path_Info: /admin|Upgrade: h2c|X Odd: a".split(b"|"),
    *b"X-Odd: a\0b|X-Odd: a\nHost: b|X-Odd: a\rHost: b|X-Odd: a\x0bb|X-Odd: a\x7f".split(b"|"),
    *b"X-Odd: \xd9\x84|X-\xdf: a|X-Odd: a  |X-Odd:  a|X-Odd:a|X-Odd:\ta\tb|X-Odd: :".split(b"|"),
    *b"X-Odd: a|X-Odd:|X-Odd: |Cookie: a=1|Cookie: b=2|Content-Type: text/plain".split(b"|"),
    *b"!#$%&'*+.^`~: a|X-Odd: \x85|X-Odd: \xa0a|\r|\n".split(b"|"),
    *(b"X-Odd: " + b"a" * 9_000, b"\r\n".join(b"X-Many: %d" % number for number in range(120))),
]

_ODD_BYTES = (
    b"\r\n|\n|\r|\r\n\r\n|\0| |\t|:|_|#|?|/|//|\x7f|\x80|\xff|a|Z|0|,|\r\n |\x0b|\x85".split(b"|")
)


def mutated(chance: Random, data: bytes) -> bytes:
    """Return a request, mostly one with lines of its head exchanged or added, or with odd bytes."""
    if chance.random() < 0.4:
        return data
    head, end, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if chance.random() < 0.1:
        lines[0] = chance.choice(FIRST_LINES)
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
        lines.insert(chance.randrange(1, len(lines) + 1), chance.choice(LINES))
    head = b"\r\n".join(lines)
    if chance.random() < 0.2:
        at = chance.randrange(len(head) + 1)
        head = head[:at] + chance.choice(_ODD_BYTES) + head[at + chance.choice((0, 0, 1, 4)) :]
    return head + end + body


def in_pieces(chance: Random, data: bytes) -> list[bytes]:
    """Return the pieces in which it may arrive: mostly one."""
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 0, 0, 1, 3))))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    return [piece for piece in pieces if piece]
