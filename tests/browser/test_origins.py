"""In a real browser, pages of another port use the service if ALLOWED_ORIGINS names them, or not at all."""

import json
from collections.abc import Callable

import pytest

from tests.support.browsing import Person
from tests.support.duel import PASSWORD
from tests.support.routes import ALLOWED_ORIGIN

# All that a front end does with the service, and how the browser says that it worked.
USE_SERVICE = """async ({ api, username, password }) => {
  const call = async (path, options) => {
    try {
      const answer = await fetch(api + path, { credentials: "include", ...options });
      return [answer.status, answer.headers.get("Viewer-Id")];
    } catch (error) {
      return error.name;
    }
  };
  const post = (path, body) => {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": "once" };
    return call(path, { method: "POST", headers, body: JSON.stringify(body) });
  };
  const stream = (path) => new Promise((end) => {
    const source = new EventSource(api + path, { withCredentials: true });
    source.addEventListener("stream", ({ data }) => { source.close(); end(JSON.parse(data).state); });
    source.onerror = () => { if (source.readyState === 2) end("closed"); };
  });
  const socket = (path) => new Promise((end) => {
    const opened = new WebSocket(api.replace("http", "ws") + path);
    opened.onopen = () => { opened.close(); end("open"); };
    opened.onclose = ({ code }) => end(code);
  });
  const image = (path) => new Promise((end) => {
    const shown = new Image();
    shown.onload = shown.onerror = ({ type }) => end(type);
    shown.src = api + path;
  });
  return {
    unknown: await call("/nowhere", {}),
    signIn: await post("/api/v1/auth/login/", { username, password }),
    created: await post("/api/v1/challenges/challenges/", { challenge_type: "quick_quant_10" }),
    polled: await call("/ar/api/v1/challenges/notifications/events/", {}),
    stream: await stream("/sse/challenges/notifications/"),
    socket: await socket("/ws/challenges/notifications/"),
    image: await image("/static/icon.svg"),
    streamAsImage: await image("/sse/challenges/notifications/"),
  };
}"""


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_page_of_another_port(person: Callable[..., Person], is_allowed: bool) -> None:
    noura = person("noura")
    origin = ALLOWED_ORIGIN if is_allowed else ALLOWED_ORIGIN.replace("8081", "8082")
    noura.context.route(
        f"{origin}/**", lambda route: route.fulfill(body="", content_type="text/html")
    )
    page = noura.context.new_page()
    page.goto(f"{origin}/")
    # The browser sends the cookie in either case: to it, another port is the same site.
    given = {"api": noura.base_url, "username": noura.name, "password": PASSWORD}
    found = page.evaluate(USE_SERVICE, given)
    own_id = str(noura.api.user["id"])
    refused = "TypeError"
    assert found == {
        "unknown": [404, None] if is_allowed else refused,
        "signIn": [200, None] if is_allowed else refused,
        "created": [201, None] if is_allowed else refused,
        "polled": [200, own_id] if is_allowed else refused,
        "stream": "open" if is_allowed else "closed",
        "socket": "open" if is_allowed else 1006,
        "image": "load",  # no person's
        "streamAsImage": "error",
    }
    if not is_allowed:
        online = json.dumps(person("khalid").api.get("/api/v1/users/online/").body)
        assert noura.name not in online
