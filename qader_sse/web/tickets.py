"""Reads the ticket in a stream's address: `?ticket=…`, and names the stream that an address opens."""

import re
from urllib.parse import parse_qs

from flask import Request

from qader_sse.domain.i18n import LOCALES, mark
from qader_sse.domain.violations import TicketRefused
from qader_sse.service import service
from qader_sse.web.error_responses import InvalidInput
from qader_sse.web.own_host import called_prefix

_LOCALE = re.compile(f"/(?:{'|'.join(LOCALES)})(?=/)")
_ONE_TOPIC = re.compile(r"/(?:sse|ws)/challenges/(?:[0-9]{1,19}|notifications)/", re.ASCII)
_SEVERAL = "/sse/stream/"
_TOPIC = r"(?:challenges/[0-9]{1,10}|notifications)"
_TOPICS = re.compile(rf"{_TOPIC}(?:,{_TOPIC}){{0,7}}", re.ASCII)


def stream_name(path: str, topics: str) -> str | None:
    """Return the name of the stream at an address without locale, or None if there is none.

    The order in which topics are named makes no difference, nor does the last slash of the path.
    """
    path = path if path.endswith("/") else f"{path}/"
    if _ONE_TOPIC.fullmatch(path):
        return path
    if path == _SEVERAL and _TOPICS.fullmatch(topics):
        return f"{_SEVERAL}?topics={','.join(sorted(topics.split(',')))}"
    return None


def named_stream(address: str) -> str:
    """Return the name of the stream that a client asks a ticket for. Raises InvalidInput."""
    path, _, query = address.removeprefix(called_prefix()).partition("?")
    name = stream_name(_LOCALE.sub("", path, count=1), parse_qs(query).get("topics", [""])[-1])
    if name is None:
        raise InvalidInput(
            "stream",
            mark(
                "Name one stream by its address, such as /sse/challenges/12/ or"
                " /sse/stream/?topics=challenges/12,notifications."
            ),
        )
    return name


def has_ticket(request: Request) -> bool:
    return request.path.startswith(("/sse/", "/ws/")) and "ticket" in request.args


def redeem(request: Request) -> str:
    """Use the ticket up; return the id of its session. Raises TicketRefused.

    A HEAD opens no stream and uses nothing up, so it is refused as well.
    """
    name = stream_name(request.path, request.args.get("topics", ""))
    if name is None or request.method != "GET":
        raise TicketRefused
    found = service().stream_tickets.redeem(request.args["ticket"], name, service().clock())
    if found is None:
        raise TicketRefused
    return found
