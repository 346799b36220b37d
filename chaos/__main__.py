"""Two hundred players and viewers in one process: each is a greenlet, so the patch comes first."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from chaos.command import main  # noqa: E402

sys.exit(main())
