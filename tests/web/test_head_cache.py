"""What is kept of the headers of requests: long ones take no memory once they are answered."""

import gc
import tracemalloc

import pytest
from flask import Flask

from tests.support.duel import sign_in

ME = "/api/v1/users/me/"
LENGTH, TIMES = 50_000, 20


@pytest.mark.parametrize("name", ["Accept-Language", "Cookie"])
def test_long_headers_are_not_kept(app: Flask, people: dict[str, int], name: str) -> None:
    """Somebody who is signed in sends a different one each time."""
    signed_in = sign_in(app.test_client(), "noura").get_cookie("sessionid")
    assert signed_in is not None
    client = app.test_client(use_cookies=False)
    cookie = f"sessionid={signed_in.value}"

    def send(number: int) -> None:
        filler = f"x{number}-{'y' * LENGTH}"
        headers = {"Cookie": cookie, "Accept-Language": "en"}
        headers[name] += {"Cookie": f"; a={filler}", "Accept-Language": f",{filler}"}[name]
        assert client.get(ME, headers=headers).status_code == 200

    send(0)  # what is kept of the first request, such as queries, has nothing to do with it
    tracemalloc.start()
    for number in range(1, TIMES):
        send(number)
    gc.collect()  # what requests leave in cycles
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < TIMES * LENGTH / 4
