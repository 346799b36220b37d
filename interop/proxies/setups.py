"""The configurations that are measured: the plainest of each proxy, and those with a line more."""

from dataclasses import dataclass

HTTP1, HTTP2, WEBSOCKET = "HTTP/1.1", "HTTP/2", "WebSocket"
ALL = (HTTP1, HTTP2, WEBSOCKET)

# Without these lines, nginx, Apache and Varnish pass a WebSocket's handshake on as an ordinary GET.
_NGINX_WEBSOCKET = """\
location ~ ^/(\\w\\w/)?ws/ {
    proxy_pass http://127.0.0.1:%{service};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    proxy_set_header Host $http_host;
}"""
_APACHE_WEBSOCKET = (
    "ProxyPassMatch ^/((?:\\w\\w/)?ws/.*)$ http://127.0.0.1:%{service}/$1 upgrade=websocket"
)
_VARNISH_WEBSOCKET = """\
sub vcl_recv {
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
}
sub vcl_pipe {
    if (req.http.Upgrade) {
        set bereq.http.Upgrade = req.http.Upgrade;
        set bereq.http.Connection = req.http.Connection;
    }
}"""


@dataclass(frozen=True, slots=True)
class Setup:
    """One configuration of one proxy.

    `lines` are what it has beyond the plainest configuration, `title` says what they are for. Only
    `clients` are measured, and those of `weak` are known not to work: another setup of the proxy
    has lines for them.
    """

    proxy: str
    title: str = ""
    lines: str = ""
    clients: tuple[str, ...] = ALL
    weak: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.proxy}, {self.title}" if self.title else self.proxy

    @property
    def lines_to_write(self) -> str:
        """The lines as a reader may copy them: the service's port is 8000."""
        return self.lines.replace("%{service}", "8000")


DIRECT = "none"
SETUPS = (
    Setup(DIRECT, clients=(HTTP1, WEBSOCKET)),
    Setup("nginx", weak=(WEBSOCKET,)),
    Setup("nginx", "with WebSockets", _NGINX_WEBSOCKET, (WEBSOCKET,)),
    Setup("HAProxy", weak=(HTTP1,)),
    Setup("HAProxy", "without delay", "option http-no-delay", (HTTP1, WEBSOCKET)),
    Setup("Caddy"),
    Setup("Caddy", "`encode gzip`", "encode gzip", (HTTP1, HTTP2)),
    Setup("Apache", weak=(WEBSOCKET,)),
    Setup("Apache", "with WebSockets", _APACHE_WEBSOCKET, (WEBSOCKET,)),
    Setup("Varnish", weak=(WEBSOCKET,)),
    Setup("Varnish", "with WebSockets", _VARNISH_WEBSOCKET, (WEBSOCKET,)),
)
