"""The headers that every answer has for the browser: what it may load, name, guess, keep and trust."""

from collections.abc import Iterable

from qader_sse.service import service

# What is no page loads nothing, whatever it contains and however a browser comes to open it.
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
# Everything that a page loads is served here, except images of questions and pictures of people.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src {images}; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The pages use none of these, so no script that got into one could either.
_UNUSED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
_PERMISSIONS = ", ".join(f"{name}=()" for name in _UNUSED)

# What a script or a style loads comes from here, whatever a policy says. A page loads some sixty of
# these, which are small, so that their heads weigh.
PARTS_OF_PAGES = ("text/javascript", "text/css")
_OF_PARTS = {
    # A browser must not treat JSON or a stream as a script or a page, whatever it contains.
    "x-content-type-options": ("X-Content-Type-Options", "nosniff"),
    # Answers depend on the user and on the moment. Pages, files and streams say so themselves.
    "cache-control": ("Cache-Control", "no-store"),
}
_OF_OTHERS = _OF_PARTS | {
    "content-security-policy": ("Content-Security-Policy", _NO_PAGE),
    # Hosts of images do not learn whose page shows them. With `no-referrer`, browsers would send
    # the service's own forms with `Origin: null`.
    "referrer-policy": ("Referrer-Policy", "same-origin"),
}


def for_pages(image_hosts: Iterable[str]) -> dict[str, str]:
    """Return the headers of a page, which replace those of other answers."""
    images = ("'self'", *(f"https://{host}" for host in image_hosts))
    return {
        "Content-Security-Policy": _PAGE.format(images=" ".join(images)),
        "Permissions-Policy": _PERMISSIONS,
    }


def completed(headers: list[tuple[str, str]], scheme: str) -> list[tuple[str, str]]:
    """Return the headers of an answer with those that it lacks, for a request of this scheme."""
    own = {name.lower(): value for name, value in headers}
    # A 304 has no type. What it says nothing of stays as it was in the answer that the browser has.
    content_type = own.get("content-type", PARTS_OF_PAGES[0])
    expected = _OF_PARTS if content_type.startswith(PARTS_OF_PAGES) else _OF_OTHERS
    missing = [header for name, header in expected.items() if name not in own]
    if scheme == "https":
        seconds = service().settings.hsts_seconds
        missing.append(("Strict-Transport-Security", f"max-age={seconds}"))
    return headers + missing
