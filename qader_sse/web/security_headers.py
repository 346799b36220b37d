"""The headers that every answer has for the browser: what it may load, name, guess, keep and trust."""

from collections.abc import Iterable

from flask import Flask, Response, request

from qader_sse.service import service

# What is no page loads nothing, whatever it contains and however a browser comes to open it.
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
# Everything that a page loads is served here, except images of questions and pictures of people.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src {images}; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PARTS_OF_PAGES = ("text/javascript", "text/css")
# The pages use none of these, so no script that got into one could either.
_UNUSED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
_PERMISSIONS = ", ".join(f"{name}=()" for name in _UNUSED)


def register(app: Flask) -> None:
    app.after_request(_add)


def for_pages(image_hosts: Iterable[str]) -> dict[str, str]:
    """Return the headers of a page, which replace those of other answers."""
    images = ("'self'", *(f"https://{host}" for host in image_hosts))
    return {
        "Content-Security-Policy": _PAGE.format(images=" ".join(images)),
        "Permissions-Policy": _PERMISSIONS,
    }


def _add(response: Response) -> Response:
    headers = response.headers
    # A browser must not treat JSON or a stream as a script or a page, whatever it contains.
    headers.add("X-Content-Type-Options", "nosniff")  # which does not look for an earlier one
    # What a script or a style loads comes from here, whatever a policy says, and nobody asks for a part
    # of one. A page loads some sixty of these, which are small, so that their heads weigh.
    if response.mimetype in _PARTS_OF_PAGES:
        headers.pop("Accept-Ranges", None)
    else:
        headers.setdefault("Content-Security-Policy", _NO_PAGE)
        # Hosts of images do not learn whose page shows them. With `no-referrer`, browsers would send
        # the service's own forms with `Origin: null`.
        headers.add("Referrer-Policy", "same-origin")
    # Answers depend on the user and on the moment. Pages, files and streams say so themselves.
    headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        headers["Strict-Transport-Security"] = f"max-age={service().settings.hsts_seconds}"
    return response
