"""The documents as the service publishes them, at addresses that need no session."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, request
from flask_openapi3.openapi import OpenAPI

from qader_sse.web.documents import asyncapi, openapi, pages
from qader_sse.web.own_host import called_prefix
from qader_sse.web.request_guards import is_public, public


def register(app: OpenAPI) -> None:
    bp = Blueprint("documents", __name__)

    @lru_cache(maxsize=1)  # the views of an app do not change once it serves
    def document() -> dict[str, Any]:
        return openapi.complete(app, is_public)

    @lru_cache(maxsize=4)  # nearly always one
    def written(prefix: str) -> str:
        return app.json.dumps(openapi.below(prefix, document()))

    @bp.get("/openapi/openapi.json")
    @public
    def openapi_json() -> Response:
        return Response(written(called_prefix()), mimetype="application/json")

    @bp.get("/asyncapi.json")
    @public
    def asyncapi_json() -> dict[str, Any]:
        return asyncapi.document(request.host, called_prefix(), is_secure=request.is_secure)

    app.register_blueprint(bp)
    app.register_blueprint(pages.bp)
