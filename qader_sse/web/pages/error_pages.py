"""Errors and redirects as pages, for people who open an address in a browser.

Programs get JSON: all that do not prefer `text/html`. No page needs the database, so that an error
can be shown while that is away.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import BadHost

from qader_sse.domain.i18n import mark, translate
from qader_sse.web import html_pages, security_headers
from qader_sse.web.locale import current_locale

_TITLE = mark("That did not work")
_TITLE_MOVED = mark("At another address")
_MOVED = mark("What you are looking for is at %(address)s")


def register(app: Flask) -> None:
    app.after_request(_speak_to_people)


def _speak_to_people(response: Response) -> Response:
    if response.status_code == 308:
        _say_where(response)
        title = _TITLE_MOVED
    elif response.status_code >= 400 and _is_of_sentences(response.get_json(silent=True)):
        title = _TITLE  # the answer to a HEAD is empty, and so no JSON
    else:
        return response
    response.vary.add("Accept")
    if _prefers_a_page():
        _become_a_page(response, title)
    return response


def _say_where(response: Response) -> None:
    """Replace what Werkzeug says of a redirect, in English and in HTML.

    The address is written without host, because a proxy that terminates TLS may not say so.
    """
    found = urlsplit(response.location or "")
    response.location = found._replace(scheme="", netloc="").geturl()
    detail = translate(current_locale(), _MOVED, address=response.location)
    response.set_data(current_app.json.dumps({"detail": detail}))
    response.mimetype = "application/json"


def _prefers_a_page() -> bool:
    if isinstance(request.routing_exception, BadHost):
        return False  # without a name of this host, a page has no addresses for its links
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"]


def _become_a_page(response: Response, title: str) -> None:
    page = html_pages.rendered(
        "error.html",
        texts=html_pages.translated({"title": title, "play": mark("Back to the lobby")}),
        said=list(_sentences(response.get_json())),
        address=response.location,
    )
    response.set_data(page)
    response.mimetype = "text/html"
    response.headers.update(security_headers.for_pages(()))
    response.vary.add("Accept-Language")


def _is_of_sentences(body: object) -> bool:
    """Tell errors from a report with numbers, as that of a worker which does not serve."""
    return isinstance(body, dict) and all(isinstance(said, str | list) for said in body.values())


def _sentences(body: dict[str, str | list[str]]) -> Iterator[str]:
    """Yield what an error says: its detail, or what is wrong with each field."""
    for name, found in body.items():
        if isinstance(found, str):
            yield found
        else:
            yield from (f"{name}: {text}" for text in found)
