"""Has each request give the others of its worker a turn."""

import time

from flask import Request, Response, after_this_request


def yield_to_others(request: Request) -> None:
    """Yield once, before anything is done for the request.

    A keep-alive client whose next request has arrived already would otherwise keep its greenlet
    running, without a switch to streams or to other clients. A health check yields only when it is
    answered: if it did before, all that a busy worker has to do would come first.
    """
    if request.blueprint == "health":
        after_this_request(_yield_when_answered)
    else:
        time.sleep(0)


def _yield_when_answered(response: Response) -> Response:
    response.call_on_close(lambda: time.sleep(0))
    return response
