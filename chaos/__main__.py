"""Runs the command in a process that gevent patches first: every player and viewer is a greenlet."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from chaos.command import main  # noqa: E402

sys.exit(main())
