"""Registering names: what stands beside the names of others, and what is refused with which text."""

from typing import Any

import pytest
from flask import Flask

from qader_sse.service import Service
from tests.support.duel import PASSWORD
from tests.support.tables import unchanged

REGISTER = "/api/v1/auth/register/"
ONE_ALPHABET = (
    "Use the letters of one alphabet, with digits:"
    " only Arabic ones, for example, or only Latin ones."
)


def register(app: Flask, locale: str = "en", **profile: str) -> tuple[int, Any]:
    response = app.test_client().post(
        f"/{locale}{REGISTER}", json={"username": "huda", "password": PASSWORD, **profile}
    )
    return response.status_code, response.get_json()


@pytest.mark.claim("A13")
@pytest.mark.parametrize(
    ("name", "twin"), [("omar", "0mar"), ("salim", "saIim"), ("coco", "сосо"), ("كريم", "کریم")]
)
def test_a_username_that_looks_like_another_is_refused_in_both_directions(
    app: Flask, service: Service, name: str, twin: str
) -> None:
    for first, second in ((name, twin), (twin + "2", name + "2")):
        assert register(app, username=first)[0] == 201
        with unchanged(service):
            answer = register(app, username=second)
        said = "This username looks like one that already exists. Choose another."
        assert answer == (400, {"username": [said]})


@pytest.mark.parametrize(
    ("field", "value", "text", "arabic"),
    [
        (
            "username",
            "sаra",
            ONE_ALPHABET,
            "يجب استخدام حروف أبجدية واحدة مع الأرقام: الحروف العربية وحدها مثلًا، أو اللاتينية وحدها.",
        ),
        ("username", "سارة1٢", "Use digits of one kind only.", "يجب استخدام نوع واحد من الأرقام."),
        (
            "username",
            "\u0301sara",
            "Write marks above or below a letter, at most two on each.",
            "يجب أن تكون الحركات على حروف، ولا تزيد على اثنتين للحرف الواحد.",
        ),
        (
            "full_name",
            "Sara\u200b",
            "This contains signs that nobody can see. Leave them out.",
            "في النص رموز غير مرئية. يُرجى حذفها.",
        ),
        (
            "preferred_name",
            "S" + "\u0301" * 9,
            "Write marks above or below a letter, at most two on each.",
            "يجب أن تكون الحركات على حروف، ولا تزيد على اثنتين للحرف الواحد.",
        ),
        (
            "preferred_name",
            "\u2800",  # a pattern of Braille without a dot: nobody would see a name at all
            "This contains signs that nobody can see. Leave them out.",
            "في النص رموز غير مرئية. يُرجى حذفها.",
        ),
        (
            "grade",
            "1" * 51,
            "This must have at most 50 characters.",
            "يجب ألا تزيد الأحرف على 50.",
        ),
        (
            "grade",
            "\ufeff11",
            "This contains signs that nobody can see. Leave them out.",
            "في النص رموز غير مرئية. يُرجى حذفها.",
        ),
    ],
)
def test_a_name_is_refused_with_what_to_do_at_its_field(
    app: Flask, service: Service, field: str, value: str, text: str, arabic: str
) -> None:
    with unchanged(service):
        assert register(app, "en", **{field: value}) == (400, {field: [text]})
        assert register(app, "ar", **{field: value}) == (400, {field: [arabic]})


def test_names_are_kept_as_they_were_written(app: Flask) -> None:
    written = {"username": "مُحَمَّد", "full_name": "مُحَمَّدٌ بنُ عبدِ الله", "preferred_name": "محـــمد"}
    status, answer = register(app, **written)
    assert status == 201
    assert written.items() <= answer["user"].items()
