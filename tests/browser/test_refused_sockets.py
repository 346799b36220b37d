"""In a real browser, a page that sends as soon as its refused WebSocket is open sees the close code."""

from collections.abc import Callable

import pytest

from tests.support.browsing import Person

SOCKETS = 100

OPEN_MANY = """async ({ path, messages, sockets }) => {
  const found = {};
  const open = () =>
    new Promise((end) => {
      const socket = new WebSocket(path);
      socket.onopen = () => {
        for (let number = 0; number < messages; number += 1) socket.send('{"type": "mark_ready"}');
      };
      socket.onclose = ({ code }) => end(code);
    });
  for (let number = 0; number < sockets; number += 5) {
    for (const closed of await Promise.all([1, 2, 3, 4, 5].map(open)))
      found[closed] = (found[closed] ?? 0) + 1;
  }
  return found;
}"""


@pytest.mark.parametrize("messages", [0, 5])
def test_every_refused_socket_shows_its_close_code(
    person: Callable[..., Person], messages: int
) -> None:
    page = person("noura").context.new_page()
    page.goto("/en/inspect/")
    given = {"path": "/ws/challenges/999999/", "messages": messages, "sockets": SOCKETS}
    assert page.evaluate(OPEN_MANY, given) == {"4004": SOCKETS}
