"""How commands that start servers react to SIGINT and SIGTERM."""

import signal


def end_by_interrupt() -> None:
    """Have SIGTERM and SIGINT raise KeyboardInterrupt, so that servers are stopped on the way out.

    A plain `kill` would end the program and leave its servers behind; and a shell starts a
    background program with SIGINT ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
