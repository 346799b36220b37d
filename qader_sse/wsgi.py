"""Creates the app for gunicorn and for commands; ends the process on a bad setting."""

import sys

from qader_sse import create_app
from qader_sse.config import BadSetting, Settings
from qader_sse.web.streaming.gunicorn_adapter import DO_NOT_RESTART

try:
    app = create_app(Settings.from_env())
except BadSetting as problem:
    print(f"qader_sse does not start: {problem}", file=sys.stderr, flush=True)
    sys.exit(DO_NOT_RESTART)
