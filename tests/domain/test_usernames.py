"""Which usernames and displayed names are possible, and which usernames look alike."""

import unicodedata

import pytest

from qader_sse.domain import displayed_names, usernames

HARMLESS = [
    "sara",
    "sara.1@x+y-z_",
    "SARA",
    "سارة",
    "سارة1",
    "سارة١",
    "مُحَمَّد",
    "رُؤَّاس",
    "آمنة",
    "Nguyễn",
    "José",
    "Алёна",
    "דוד",
    "田中さん",
    "김민준",
    "दीपिका",
    "สมชาย",
    "မြို့",
    "ｓａｒａ",
]
FAULTY: dict[str, list[str]] = {
    "foreign_signs": [
        "",
        "two words",
        "a/b",
        "nul\x00",
        "sara\u034f",
        "sara\ufe0f",
        "sara\u180b",
        "sara\u17b4",
        "sara\U000e0100",
        "sara\u200d",
        "sara\u200b",
        "sara\u00ad",
        "\u034f\u034f\u034f1",
        "\u3164",
        "\ufdd0",
        "\ud800",
        "محـمد",
        "😀",
        "ᛋara",
    ],
    "misplaced_marks": [
        "\u0301sara",
        "\u064bسارة",
        "\u0301",
        "sa\u0301\u0302\u0303ra",
        "s" + "\u0301" * 140,
        "س" + "\u064e\u0651\u064b",
        "ส" + "\u0e34" * 5,
    ],
    "mixed_scripts": ["sаra", "sara\u0627", "sara١", "αlpha", "さ김"],
    "mixed_digits": ["سارة1٢", "سارة١۲"],
    "too_long": ["x" * 151, "ﬃ" * 60],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_name_that_people_have_can_be_a_username_and_a_displayed_name(name: str) -> None:
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, name)
        assert usernames.fault(written) is None
        assert displayed_names.fault(written) is None
    assert usernames.is_allowed(name)


@pytest.mark.claim("A13")
@pytest.mark.parametrize(
    ("fault", "name"), [(f, name) for f, names in FAULTY.items() for name in names]
)
def test_the_fault_of_a_username_is_named(fault: str, name: str) -> None:
    assert usernames.fault(name) == fault
    assert not usernames.is_allowed(name)


def test_150_letters_can_be_a_username() -> None:
    assert usernames.fault("x" * 150) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sara", "SARA"),
        ("sara", "ｓａｒａ"),
        ("sara", "sara\u034f"),
        ("сосо", "coco"),
        ("saIim", "salim"),
        ("khalid1", "khalidl"),
        ("user0", "userO"),
        ("moon", "rnoon"),
        ("MOON", "rnoon"),
        ("سارة1", "سارة١"),
        ("كريم", "کریم"),
        ("Ångström", "A\u030angstro\u0308m"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(first: str, second: str) -> None:
    assert usernames.skeleton(first) == usernames.skeleton(second)


def test_names_that_look_different_have_different_skeletons() -> None:
    names = [*set(HARMLESS) - {"سارة١"}, *(f"player{n}" for n in range(2_000))]
    skeletons = {usernames.skeleton(name) for name in names}
    assert len(skeletons) == len({usernames.key(name) for name in names})


@pytest.mark.parametrize(
    "name",
    [
        "",
        "سارة بنت محمّد",
        "مُحَمَّدٌ",
        "محـــمد",
        "علی\u200cرضا",
        "Sara سارة",
        "Anne-Marie O'Neill",
        "😀",
        "صف ١١",
    ],
)
def test_a_displayed_name_may_be_written_as_people_write_it(name: str) -> None:
    assert displayed_names.fault(name) is None


@pytest.mark.claim("A13")
@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("foreign_signs", "bell\x07"),
        ("foreign_signs", "line\u2028"),
        ("foreign_signs", "private\ue000"),
        ("foreign_signs", "half\ud800"),
        *(
            ("invisible_signs", f"sara{sign}")
            for sign in "\u034f\u200b\u200c\u200f\u202e\u2066\ufe0f"
        ),
        ("invisible_signs", "\u200cعلی"),
        ("invisible_signs", "علی\u200c\u200cرضا"),
        ("invisible_signs", "a\U000e0041"),
        ("misplaced_marks", "\u0301Sara"),
        ("misplaced_marks", "Sara \u0301"),
        ("misplaced_marks", "Sara" + "\u0301\u0302\u0303"),
        ("misplaced_marks", "ع" + "\u0654" * 5),
    ],
)
def test_the_fault_of_a_displayed_name_is_named(fault: str, name: str) -> None:
    assert displayed_names.fault(name) == fault
