"""The page at `/`, and the OpenAPI document."""

from typing import Any

from flask import Blueprint, current_app, render_template

from qader_sse.web.access import public

bp = Blueprint("pages", __name__)


@bp.get("/")
@public
def index() -> str:
    return render_template("index.html")


@bp.get("/openapi/openapi.json")
@public
def openapi() -> dict[str, Any]:
    """Return the document made from the models that check requests and shape answers."""
    document: dict[str, Any] = current_app.api_doc  # type: ignore[attr-defined]  # an OpenAPI app
    return document
