"""The page at `/`, and the probe that says the process answers."""

from flask import Blueprint, render_template

from qader_sse.web.access import public

bp = Blueprint("pages", __name__)


@bp.get("/")
@public
def index() -> str:
    return render_template("index.html")


@bp.get("/livez")
@public
def livez() -> dict[str, str]:
    """Say that this process answers; nothing about what it depends on."""
    return {"status": "ok"}
