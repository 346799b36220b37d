"""What nginx does wrong at each of its ports, and what the doctor names it."""

from cluster.process import free_port
from tests.support.faulty_proxies import HEALTHY, with_lines, without

_STREAMS_REFUSED = f"{HEALTHY} location /sse/ {{ return 403; }}"
_SOCKETS_REFUSED = f"{HEALTHY} location /ws/ {{ return 404; }}"
_GZIP = "gzip on; gzip_types text/event-stream; gzip_min_length 1; gzip_http_version 1.0;"

LOCATIONS = {
    "healthy": HEALTHY,
    "plain": "location / { proxy_pass http://nodes; }",
    "as_it_comes": without("version", "upgrade"),
    "host": without("host"),
    "upgrade": without("upgrade"),
    "address": without("for"),
    # nginx holds back what has no chunks.
    "buffering": with_lines("proxy_ignore_headers X-Accel-Buffering;").replace("1.1", "1.0"),
    "compressed": f"{_GZIP} {with_lines('proxy_hide_header Content-Encoding;')}",
    "idle": with_lines("proxy_read_timeout 1s;"),
    "kept": HEALTHY.replace("//nodes", "//service"),
    "untrusted": with_lines("proxy_bind 127.0.0.2;"),
    "origin": with_lines('proxy_set_header Origin "";'),
    "last_event_id": with_lines('proxy_set_header Last-Event-ID "";'),
    "cookie": with_lines('proxy_set_header Cookie "";'),
    "dead": f"location / {{ proxy_pass http://127.0.0.1:{free_port()}; }}",
    "another": "location / { return 200 hello; }",
    "redirected": "location / { return 301 https://$host$request_uri; }",
    "streams_refused": _STREAMS_REFUSED,
    "sockets_refused": _SOCKETS_REFUSED,
    "canary_cut": f"{HEALTHY} location /canary/ {{ return 444; }}",
    "canary_hidden": f"{HEALTHY} location /canary/ {{ return 404; }}",
    "tls": HEALTHY,
    "tls_ends": HEALTHY,
    "tls_scheme": without("scheme"),
    "tls_http1": HEALTHY,
}
FOUND: dict[str, set[str]] = {
    "healthy": set(),
    "as_it_comes": {"http10", "upgrade_lost"},
    "host": {"host_lost", "socket_host_lost"},
    "upgrade": {"upgrade_lost"},
    "address": {"client_address_lost"},
    "buffering": {"buffering", "http10", "socket_refused"},
    "compressed": {"compressed"},
    "untrusted": {"proxy_untrusted"},
    "origin": {"header_lost"},
    "last_event_id": {"header_lost", "resume_lost"},
    "cookie": {"session_unknown"},
    "dead": {"bad_gateway"},
    "another": {"another_service"},
    "redirected": {"redirected"},
    "streams_refused": {"stream_refused"},
    "sockets_refused": {"socket_refused"},
    "canary_cut": {"canary_refused"},
    "canary_hidden": {"canary_missing"},
    "tls": set(),
    "tls_ends": {"certificate_ends"},
    "tls_scheme": {"scheme_lost"},
    "tls_http1": {"no_http2"},
}
# What is found where streams are watched for some time.
FOUND_AT_REST: dict[str, set[str]] = {
    "healthy": set(),
    "idle": {"idle_cut"},
    "kept": {"keepalive_short"},
}
