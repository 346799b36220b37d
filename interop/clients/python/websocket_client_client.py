"""websocket-client: `run_forever` can reconnect, but to one address, so the loop is its user's."""

import json
import time

import websocket
from reporting import headers, report, url

cursor, final = 0, False


def on_message(_socket: websocket.WebSocketApp, text: str) -> None:
    global cursor
    cursor += 1
    report(message=json.loads(text))


def on_close(_socket: websocket.WebSocketApp, code: int | None, reason: str | None) -> None:
    global final
    report(closed=code or 1006, reason=reason)
    final = (code or 1006) >= 4000


while not final:
    websocket.WebSocketApp(
        f"{url}?last_event_id={cursor}",
        header=headers,
        on_open=lambda _socket: report(opened=True),
        on_message=on_message,
        on_close=on_close,
        on_error=lambda _socket, error: report(error=repr(error)),
    ).run_forever()
    time.sleep(1)
