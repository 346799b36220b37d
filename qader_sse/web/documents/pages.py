"""The pages at `/docs/` and `/docs/events/`: both documents, for people."""

from flask import Blueprint, Response, request, url_for

from qader_sse.domain.i18n import LOCALES, translate
from qader_sse.web import html_pages
from qader_sse.web.documents import asyncapi, swagger_ui
from qader_sse.web.documents.event_reference import EventReference
from qader_sse.web.documents.page_texts import TEXTS
from qader_sse.web.locale import current_locale
from qader_sse.web.own_host import called_prefix
from qader_sse.web.request_guards import public

bp = Blueprint("docs", __name__, url_prefix="/docs")


@bp.get("/")
@public
def rest() -> Response:
    """Serve the reference of the REST interface, in which each operation can be tried out."""
    texts = html_pages.translated(TEXTS)
    said = {name: texts[name] for name in ("cookie", "stream_cut")}
    return html_pages.page(
        "docs_rest.html",
        texts=texts | {"title": texts["rest"]},
        elsewhere=_elsewhere(),
        **html_pages.visitor(),
        data={
            "address": url_for("documents.openapi_json"),
            "server": request.script_root or "/",
            "texts": said,
        },
    )


@bp.get("/events/")
@public
def events() -> Response:
    """Serve the reference of the streams: each channel and each message."""
    locale = current_locale()
    document = asyncapi.document(request.host, called_prefix(), is_secure=request.is_secure)
    texts = html_pages.translated(TEXTS)
    return html_pages.page(
        "docs_events.html",
        texts=texts | {"title": texts["events"]},
        elsewhere=_elsewhere(),
        document_address=url_for("documents.asyncapi_json"),
        reference=EventReference(document, lambda text: translate(locale, text)),
    )


@bp.get("/swagger-ui.js")
@public
def swagger_ui_script() -> Response:
    return swagger_ui.answer()


def _elsewhere() -> dict[str, str]:
    """Return the address of the same page in each language."""
    root = request.script_root
    for locale in LOCALES:
        root = root.removesuffix(f"/{locale}")
    return {locale: f"{root}/{locale}{request.path}" for locale in LOCALES}
