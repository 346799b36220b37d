"""requests-sse: it reconnects by itself, and doubles the pause each time."""

import json
from datetime import timedelta

from reporting import headers, report, url
from requests_sse import EventSource, InvalidStatusCodeError

pause = timedelta(seconds=1)
try:
    with EventSource(url, headers=headers, timeout=45, reconnection_time=pause) as source:
        report(opened=True)
        for event in source:
            if event.type == "message":
                report(message=json.loads(event.data), id=event.last_event_id)
except InvalidStatusCodeError as refused:
    report(refused=refused.status_code)
