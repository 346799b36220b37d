"""Which new passwords are refused, after NIST SP 800-63B: the short, the commonest, one's own name."""

import pytest

from qader_sse.demo_accounts import DEMO_PASSWORD
from qader_sse.domain.password_policy import Weakness, weakness

NAMES = ("sara.1", "Sara.Ali@example.org")


@pytest.mark.claim("A10")
@pytest.mark.parametrize(
    "password",
    [
        "correct-horse-7",
        "tq8vkzwy",  # no rule asks for digits or signs
        "كلمة سر طويلة",
        "أربع كلمات بلا رقم",
        "می‌خواهم‌بروم",
        "🐪🐫🌴🏜️🏕️⛺🌵🦂",
        "sara likes camels",
        "x" * 100 + "yz",
        "  blanks around  ",
    ],
)
def test_a_long_and_rare_password_is_taken(password: str) -> None:
    assert weakness(password, *NAMES) is None


@pytest.mark.claim("A10")
@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "too_short"),
        ("tq8vkzw", "too_short"),
        (" " * 8, "too_short"),
        ("\u00a0\u2003\u3000\u2800" * 4, "too_short"),
        ("\u200b" * 8, "too_short"),
        ("\u034f\u115f\u3164\ufe0f\u180b\u17b4\u2060\ufeff" * 2, "too_short"),
        ("\x00\x01\x02\x03\x04\x05\x06\x07\x08", "too_short"),
        ("tq8" + "\u200b" * 20, "too_short"),
        ("12345678", "common"),
        ("password", "common"),
        ("PassWord1", "common"),
        ("ｐａｓｓｗｏｒｄ", "common"),
        ("aaaaaaaaaaaaa", "common"),
        ("ﺏبببببببب", "common"),
        (DEMO_PASSWORD, "common"),
        ("Sara.1", "too_short"),
        ("sara.ali", "name"),
        ("SARA.ALI@example.org", "name"),
        ("sara2010", "name"),
        ("!!sara!!", "name"),
        ("2010Sara.Ali2010", "name"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: Weakness) -> None:
    assert weakness(password, *NAMES) == why


def test_without_an_email_address_only_the_username_counts() -> None:
    assert weakness("sara.ali", "sara.1", None) is None
    assert weakness("12901290", "7") is None  # of a name without letters nothing is made
