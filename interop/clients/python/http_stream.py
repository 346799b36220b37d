"""httpx alone, to see what a proxy does to a stream.

An address that ends with #1 is requested by HTTP/1.1, one that ends with #2 by HTTP/2.
"""

import json
from urllib.parse import urldefrag

import httpx
from reporting import headers, report, url

address, version = urldefrag(url)
protocols = {"http1": version == "1", "http2": version == "2"}
resume = {"Last-Event-ID": "1"}
with (
    httpx.Client(verify=False, timeout=None, **protocols) as client,  # noqa: S113, S501  # loopback
    client.stream("GET", address, headers=headers | resume) as response,
):
    report(opened=True, encoding=response.headers.get("Content-Encoding"))
    for line in response.iter_lines():
        if line.startswith('data: {"type"'):
            report(message=json.loads(line.removeprefix("data: ")))
