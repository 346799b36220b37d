"""What operators do, in tests that call their use cases without a command."""

from datetime import datetime

from qader_sse.domain.acts import Act


def act(now: datetime) -> Act:
    return Act("test", "root", None, now)
