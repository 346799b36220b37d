"""Counts the answers to requests, by their route."""

from flask import Flask, Response, request

from qader_sse.service import service

_METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")


def register(app: Flask) -> None:
    app.after_request(_count)


def _count(response: Response) -> Response:
    # The pattern of the address and not the address, of which there are as many as clients like.
    route = "none" if request.url_rule is None else request.url_rule.rule
    method = request.method if request.method in _METHODS else "other"
    service().answers[method, route, str(response.status_code)] += 1
    return response
