"""httpx-sse: it has no reconnection of its own, so the loop is its user's."""

import time

import httpx
from httpx_sse import SSEError, connect_sse
from reporting import headers, report, url

cursor, retry_seconds = "", 2.0
with httpx.Client(headers=headers, timeout=httpx.Timeout(5, read=45)) as client:
    while True:
        resume = {"Last-Event-ID": cursor} if cursor else {}
        try:
            with connect_sse(client, "GET", url, headers=resume) as source:
                if source.response.status_code != 200:
                    report(refused=source.response.status_code)
                    break
                report(opened=True)
                for event in source.iter_sse():
                    if event.event == "message":
                        report(message=event.data, id=event.id)
                    cursor = event.id or cursor
                    retry_seconds = (event.retry or retry_seconds * 1000) / 1000
        except (httpx.TransportError, SSEError) as error:
            report(error=repr(error))
        time.sleep(retry_seconds)
