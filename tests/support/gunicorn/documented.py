"""The project's gunicorn.conf.py, with a layer that holds what is sent to the published documents.

The servers of all tests have it, but for those with another configuration.
"""

import runpy
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]
globals().update(found := runpy.run_path(str(_ROOT / "gunicorn.conf.py")))


def post_worker_init(worker: Any) -> None:
    sys.path.append(str(_ROOT))
    from tests.support import drift

    checks = drift.of_environment()
    drift.messages_checked(checks).__enter__()  # as long as the worker lives
    app = worker.wsgi
    app.wsgi_app = drift.ChecksAnswers(app.wsgi_app, checks)
    found["post_worker_init"](worker)
