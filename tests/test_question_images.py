"""Images of imported questions are on this host or elsewhere by https, and nothing else."""

import json
from pathlib import Path

import pytest
from flask import Flask

from qader_sse import create_app
from qader_sse.question_images import hosts_not_shown, is_address
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.tables import unchanged

QUESTION = {
    "code": "t-1",
    "section": "quantitative",
    "subsection": "algebra",
    "difficulty": 2,
    "question_text": "-5 + 3 = ?",
    "options": {"A": "-2", "B": "+2", "C": "=2", "D": "@2"},
    "correct_answer": "A",
}


@pytest.mark.parametrize(
    "address",
    [
        *("/static/figure.svg", "/", "/صور/1.png", "/a?b=c#d", "/a..b/.c.png", "/a?b=/../c"),
        *(
            "https://images.example",
            "https://images.example/1.png",
            "https://Images.example:8443/a?b",
        ),
    ],
)
def test_an_image_may_be_on_this_host_or_elsewhere_by_https(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "data:image/png;base64,AA==", "file:///etc/passwd", "blob:x", ""),
        *("http://images.example/1.png", "//images.example/1.png", "images.example/1.png", "1.png"),
        *(
            "/\\images.example",
            "/\t/images.example",
            "https:/images.example",
            "https://",
            "https:///",
        ),
        *(
            "https://user@images.example/",
            "https://images.example\\@b.example",
            " /a",
            "/a b",
            "/a\n",
        ),
        *("https://a;script-src *", "https://a,b", "https://مثال.example/"),
        *("/../etc/passwd", "/static/../x.png", "/static/..", "/./x.png", "/static/%2E%2e/x.png"),
        *("https://images.example/../x.png", "/a\u202eb.png", "/a\u200bb.png", "/a\ufeffb.png"),
    ],
)
def test_no_other_address_is_one_of_an_image(address: str) -> None:
    assert not is_address(address)


@pytest.mark.parametrize(
    ("address", "image_hosts", "hosts"),
    [
        ("/1.png", (), []),
        ("https://A.images.example/1.png", (), ["a.images.example"]),
        ("https://a.images.example:443/1.png", ("a.images.example",), []),
        ("https://a.images.example/1.png", ("*.images.example",), []),
        ("https://a.b.images.example/1.png", ("*.images.example",), []),
        ("https://images.example/1.png", ("*.images.example",), ["images.example"]),
        ("https://a.example:8443/1.png", ("a.example",), ["a.example:8443"]),
    ],
)
def test_hosts_that_the_setting_does_not_name_are_found(
    address: str, image_hosts: tuple[str, ...], hosts: list[str]
) -> None:
    assert hosts_not_shown([address, address], image_hosts) == hosts


def imported(app: Flask, tmp_path: Path, *images: str) -> tuple[int, str]:
    path = tmp_path / "new.json"
    rows = [{**QUESTION, "code": f"t-{n}", "image": image} for n, image in enumerate(images, 1)]
    path.write_text(json.dumps(rows))
    result = app.test_cli_runner().invoke(args=["questions", "import", str(path)])
    return result.exit_code, result.output


def test_another_address_is_refused_with_its_row(
    app: Flask, service: Service, tmp_path: Path
) -> None:
    with unchanged(service):
        code, output = imported(app, tmp_path, "/static/icon.svg", "javascript:alert(1)")
    assert code == 1
    assert (
        "nothing was imported, 1 to correct:\n  question 2 (t-2): image: write an address" in output
    )


def test_the_import_names_hosts_that_the_pages_do_not_show(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    image = "https://images.example/1.png"
    said = "The service's own pages show no images of images.example: name it in IMAGE_HOSTS."
    code, output = imported(app, tmp_path, image)
    assert (code, output.count(said)) == (0, 1)
    named = create_app(make_settings(database_url, image_hosts=("images.example",)))
    assert imported(named, tmp_path, image) == (
        0,
        "new.json: 0 questions added, 0 changed, 1 unchanged\n",
    )
    dispose(named)
