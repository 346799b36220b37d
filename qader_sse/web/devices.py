"""Names a browser and its system in a few words, as its owner knows it from a list of sessions.

The whole `User-Agent` is not kept: it says more of a person than the list needs.
"""

import re

_MAX_PRODUCT = 30

# In this order: Edge and Opera also name Chrome, Chrome names Safari, and Android names Linux.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
# What is no browser names itself first, as in `curl/8.5.0`.
_PRODUCT = re.compile(rf"[A-Za-z0-9_-]{{1,{_MAX_PRODUCT}}}")


def device(user_agent: str) -> str | None:
    """Return, for instance, "Firefox, Windows" or "curl"; None if nothing is known."""
    found = [_first_in(user_agent, names) for names in (_BROWSERS, _SYSTEMS)]
    if not any(found):
        product = _PRODUCT.match(user_agent)
        return product[0] if product else None
    return ", ".join(name for name in found if name)


def _first_in(user_agent: str, names: dict[str, str]) -> str | None:
    return next((name for part, name in names.items() if part in user_agent), None)
