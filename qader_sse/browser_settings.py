"""The settings about browsers: whose pages may use the service, its cookie and tokens, images elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
_PORT = r":[1-9][0-9]{0,4}"
_ORIGIN = re.compile(rf"(https?)://({_NAME}|\[[0-9a-f:.]+\])({_PORT})?", re.ASCII)
_IMAGE_HOST = re.compile(rf"(?:\*\.)?{_NAME}(?:{_PORT})?", re.ASCII)
_COOKIE_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]*", re.ASCII)
_MIN_KEY = 32
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSettings:
    """A part of `config.Settings`, which reads it from the environment."""

    # Origins besides the service's own whose pages may use it, such as https://app.example.
    allowed_origins: tuple[str, ...] = ()
    # Whether the cookie is Secure also where the request did not come by https.
    secure_cookie: bool = False
    # The domain whose subdomains all receive the cookie; without it, only this host does.
    cookie_domain: str = ""
    cookie_samesite: str = "Lax"
    # A key made of it signs access and refresh tokens; without it, one made of SECRET_KEY.
    jwt_signing_key: str = ""
    access_token_seconds: float = 900.0
    # Whether access tokens of a Django deployment that signs with the same key are taken, and whose:
    # "off", "known" (of people whose accounts are linked) or "create" (of all, with new accounts).
    django_tokens: str = "off"
    # How long somebody stays signed in who did not ask to be remembered (`rememberMe: false`).
    unremembered_seconds: float = 24 * 3600.0
    # How long browsers that came by https once come by https only.
    hsts_seconds: int = 365 * 24 * 3600
    # Hosts besides this one from which the service's own pages may load images of questions, and pictures of people.
    image_hosts: tuple[str, ...] = ()

    def mistakes(self) -> Iterator[str]:
        """Yield a sentence for each setting that cannot be used."""
        for origin in self.allowed_origins:
            if not _is_origin(origin):
                yield (
                    f"ALLOWED_ORIGINS: {origin!r} is no origin. Write each as browsers send it: the"
                    " scheme, the host and a port that is not the default one, in small letters and"
                    " without a path or *, such as https://app.example or http://localhost:3000."
                )
        if self.cookie_domain and not _COOKIE_DOMAIN.fullmatch(self.cookie_domain):
            yield (
                f"COOKIE_DOMAIN must be a name such as quiz.example, not {self.cookie_domain!r}."
                " Leave it unset if only one host needs the cookie."
            )
        if self.cookie_samesite not in ("Lax", "Strict", "None"):
            yield "COOKIE_SAMESITE must be Lax, Strict or None."
        if self.cookie_samesite == "None" and not self.secure_cookie:
            yield (
                "COOKIE_SAMESITE is None, which browsers take only from cookies that are Secure."
                " Set SECURE_COOKIE=true as well, and serve by https."
            )
        yield from self._mistakes_of_tokens()
        for host in self.image_hosts:
            if not _IMAGE_HOST.fullmatch(host):
                yield (
                    f"IMAGE_HOSTS: {host!r} is no host. Write names such as images.example or"
                    " *.images.example, without https://; a port may follow."
                )

    def _mistakes_of_tokens(self) -> Iterator[str]:
        if 0 < len(self.jwt_signing_key) < _MIN_KEY:
            yield (
                f"JWT_SIGNING_KEY must have at least {_MIN_KEY} characters: whoever guesses it can"
                " sign in as anybody."
            )
        if self.django_tokens not in ("off", "known", "create"):
            yield "DJANGO_TOKENS must be off, known or create."
        elif self.django_tokens != "off" and not self.jwt_signing_key:
            yield (
                f"DJANGO_TOKENS is {self.django_tokens}, which needs JWT_SIGNING_KEY: the key with"
                " which the Django deployment signs its tokens."
            )


def _is_origin(text: str) -> bool:
    found = _ORIGIN.fullmatch(text)
    return found is not None and found[3] != _DEFAULT_PORTS[found[1]]
