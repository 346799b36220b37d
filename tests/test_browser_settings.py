"""The settings about browsers: each value that cannot work is refused with a sentence about it."""

import pytest

from qader_sse.config import BadSetting, Settings


def settings(**environ: str) -> Settings:
    return Settings.from_env(
        {"SECRET_KEY": "a-key-for-tests-only", "DATABASE_URL": "sqlite://", **environ}
    )


def test_lists_are_separated_by_commas() -> None:
    found = settings(
        ALLOWED_ORIGINS="https://app.example, http://localhost:3000,",
        IMAGE_HOSTS="images.example,*.cdn.example:8443",
    )
    assert found.allowed_origins == ("https://app.example", "http://localhost:3000")
    assert found.image_hosts == ("images.example", "*.cdn.example:8443")


@pytest.mark.parametrize(
    "text",
    [
        *("https://app.example", "http://10.0.0.3:8000", "https://[2001:db8::1]:8443"),
        *("https://xn--mgbh0fb.example", "http://quiz_web:8000", "https://app.example:80"),
    ],
)
def test_an_origin_as_browsers_send_it_is_taken(text: str) -> None:
    assert settings(ALLOWED_ORIGINS=text).allowed_origins == (text,)


@pytest.mark.parametrize(
    "text",
    [
        *("*", "https://*.app.example", "null", "app.example", "//app.example"),
        *("https://app.example/", "https://app.example/path", "https://app.example?", "https://"),
        *(
            "https://app.example:443",
            "http://app.example:80",
            "https://app.example:",
            "https://a:0",
        ),
        *("https://App.example", "HTTPS://app.example", "https://مثال.example"),
        *("https://user@app.example", "wss://app.example", "file://", "https://app.example\nx"),
        *("https://app.example https://b.example", "https://app.example;https://b.example"),
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"^ALLOWED_ORIGINS: .* is no origin\. Write each as"):
        settings(ALLOWED_ORIGINS=f"https://good.example,{text}")


@pytest.mark.parametrize(
    "text",
    ["https://images.example", "images.example/path", "a;script-src *", "a b", "'self'", "*"],
)
def test_what_is_no_host_of_images_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"^IMAGE_HOSTS: .* is no host\. Write names such as"):
        settings(IMAGE_HOSTS=text)


@pytest.mark.parametrize(
    "text", ["localhost", "10.0.0.3", ".quiz.example", "https://quiz.example", "quiz.example; x"]
)
def test_what_is_no_domain_of_cookies_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"^COOKIE_DOMAIN must be a name such as quiz\.example"):
        settings(COOKIE_DOMAIN=text)


def test_a_cookie_for_other_sites_must_be_secure() -> None:
    with pytest.raises(BadSetting, match=r"^COOKIE_SAMESITE must be Lax, Strict or None\."):
        settings(COOKIE_SAMESITE="lax")
    with pytest.raises(BadSetting, match=r"^COOKIE_SAMESITE is None, .* Set SECURE_COOKIE=true"):
        settings(COOKIE_SAMESITE="None")
    assert settings(COOKIE_SAMESITE="None", SECURE_COOKIE="true").cookie_samesite == "None"


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({"JWT_SIGNING_KEY": "short"}, "JWT_SIGNING_KEY must have at least 32 characters"),
        ({"DJANGO_TOKENS": "true"}, "DJANGO_TOKENS must be off, known or create"),
        ({"DJANGO_TOKENS": "known"}, "DJANGO_TOKENS is known, which needs JWT_SIGNING_KEY"),
    ],
)
def test_tokens_are_taken_with_a_key_only(environ: dict[str, str], reason: str) -> None:
    with pytest.raises(BadSetting, match=f"^{reason}"):
        settings(**environ)
