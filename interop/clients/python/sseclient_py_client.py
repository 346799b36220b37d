"""sseclient-py on requests: it has no reconnection of its own, so the loop is its user's."""

import json
import time

import requests
import sseclient
from reporting import headers, report, url

cursor, retry_seconds = "", 2.0
while True:
    resume = {"Last-Event-ID": cursor} if cursor else {}
    try:
        response = requests.get(url, headers={**headers, **resume}, stream=True, timeout=45)
        if response.status_code != 200:
            report(refused=response.status_code)
            break
        report(opened=True)
        for event in sseclient.SSEClient(response).events():
            if event.event == "message":
                report(message=json.loads(event.data), id=event.id)
            cursor = event.id or cursor
            retry_seconds = int(event.retry or retry_seconds * 1000) / 1000  # retry comes as text
    except requests.RequestException as error:
        report(error=repr(error))
    time.sleep(retry_seconds)
