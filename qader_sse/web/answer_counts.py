"""Counts the answers to requests, by their route; of those that no route was sought for, by none."""

from flask import Flask, Response

from qader_sse.flask_context import current_request
from qader_sse.service import AnswerCounts, service

_METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")


def register(app: Flask) -> None:
    app.after_request(_count)


def _count(response: Response) -> Response:
    # The pattern of the address and not the address, of which there are as many as clients like.
    request = current_request()
    route = "none" if request.url_rule is None else request.url_rule.rule
    count(service().answers, request.method, route, str(response.status_code))
    return response


def count(answers: AnswerCounts, method: str, route: str, status: str) -> None:
    """Count an answer, also one that does not come from Flask."""
    answers[method if method in _METHODS else "other", route, status] += 1
