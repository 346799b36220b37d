"""The page at `/`, the OpenAPI document, and the probe that says the process answers."""

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


@bp.get("/livez")
@public
def livez() -> dict[str, str]:
    """Say that this process answers; nothing about what it depends on."""
    return {"status": "ok"}
