"""websockets: `connect` reconnects by itself, but to one address, so the loop is its user's."""

import json
import time

from reporting import headers, report, url
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

cursor, code = 0, 0
while code < 4000:
    try:
        with connect(f"{url}?last_event_id={cursor}", additional_headers=headers) as socket:
            report(opened=True)
            while True:
                message = json.loads(socket.recv())
                cursor += 1
                report(message=message)
    except ConnectionClosed as closed:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
        report(closed=code, reason=reason)
    except (OSError, InvalidHandshake) as error:
        report(error=str(error))
    time.sleep(1)
