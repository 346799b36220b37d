"""Texts of errors are sentences: whole numbers, the right plural, and what is wrong."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain import violations
from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from qader_sse.web.error_texts import field_text, violation_text
from tests.support.duel import CHALLENGES, PASSWORD
from tests.support.tables import refused, unchanged

REGISTER = "/api/v1/auth/register/"


@pytest.mark.parametrize(
    ("locale", "mistake", "bound", "text"),
    [
        ("en", "string_too_short", {"min_length": 1}, "This must have at least 1 character."),
        ("en", "string_too_short", {"min_length": 8}, "This must have at least 8 characters."),
        ("en", "string_too_long", {"max_length": 1}, "This must have at most 1 character."),
        ("ar", "string_too_short", {"min_length": 1}, "يجب ألا تقل الأحرف عن 1."),
        ("ar", "string_too_long", {"max_length": 150}, "يجب ألا تزيد الأحرف على 150."),
        ("en", "greater_than_equal", {"ge": 0.0}, "This must be at least 0."),
        ("ar", "less_than_equal", {"le": 86_400.0}, "يجب ألا تزيد القيمة على 86400."),
        ("en", "less_than_equal", {"le": 0.5}, "This must be at most 0.5."),
        ("en", "literal_error", {"expected": "'A', 'B' or 'C'"}, "Choose one of: A, B, C."),
    ],
)
def test_numbers_are_written_as_people_write_them(
    locale: str, mistake: str, bound: dict[str, object], text: str
) -> None:
    assert field_text(locale, mistake, bound) == text


@pytest.mark.parametrize(
    ("locale", "seconds", "text"),
    [
        ("en", 0.2, "Too many sign-ins have failed. Wait 1 second, then try again."),
        ("en", 1.2, "Too many sign-ins have failed. Wait 2 seconds, then try again."),
        ("ar", 1, "فشلت محاولات دخول كثيرة. يُرجى إعادة المحاولة بعد ثانية واحدة."),
    ],
)
def test_seconds_to_wait_have_the_right_plural(locale: str, seconds: float, text: str) -> None:
    assert violation_text(violations.TooManySignIns(seconds), locale) == text


@pytest.mark.parametrize(
    "email", ["no address", "a@b", "@b.c", "a@b.", "a b@c.d", "a@b@c.d", "a\x00@b.c", "a@b.c\n"]
)
def test_what_is_no_email_address_is_called_so(app: Flask, service: Service, email: str) -> None:
    body = {"username": "huda", "password": PASSWORD, "email": email}
    with unchanged(service):
        english = app.test_client().post(REGISTER, json=body)
        text = "This is not an e-mail address. Write it as in name@example.org."
        refused(english, 400, {"email": [text]})
        arabic = app.test_client().post(f"/ar{REGISTER}", json=body)
        text = "ليس هذا عنوان بريد إلكتروني. المطلوب عنوان مثل name@example.org."
        refused(arabic, 400, {"email": [text]})


@pytest.mark.parametrize(
    ("query", "english", "arabic"),
    [
        (
            "page=9",
            "There is no page 9: there is only one.",
            "لا توجد صفحة رقمها 9: هناك صفحة واحدة فقط.",
        ),
        (
            "page=3&page_size=1",
            "There is no page 3: there are 2.",
            "لا توجد صفحة رقمها 3: هناك صفحتان فقط.",
        ),
        (
            "page=2&status=declined",
            "There is no page 2: there is only one.",
            "لا توجد صفحة رقمها 2: هناك صفحة واحدة فقط.",
        ),
    ],
)
def test_a_page_past_the_end_says_how_many_there_are(
    browser: FlaskClient, query: str, english: str, arabic: str
) -> None:
    refused(browser.get(f"{CHALLENGES}?{query}"), 404, {"detail": english})
    refused(browser.get(f"/ar{CHALLENGES}?{query}"), 404, {"detail": arabic})


def test_a_page_of_another_origin_is_told_why(app: Flask, three_duels: list[Challenge]) -> None:
    headers = {"Origin": "https://evil.example"}
    for prefix in ("", "/ar"):
        said = app.test_client().get(f"{prefix}{CHALLENGES}", headers=headers)
        assert said.status_code == 403
        for part in ("https://evil.example", "localhost", "ALLOWED_ORIGINS"):
            assert part in said.get_json()["detail"]
