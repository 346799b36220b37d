"""What the proxies of deploy/ answer while no node is reachable: clients try again by themselves."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from qader_client.rest import Answer, Api

from cluster.process import free_port
from tests.support.deployed_proxies import NAMES, PREFIX, DeployedProxy

STREAM, PAGE = "/sse/challenges/notifications/", "/api/v1/auth/user/"
ENGLISH, ARABIC = "The service could not be reached just now", "تعذّر الوصول إلى الخدمة الآن"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, ...], Answer]]:
    """What each proxy answers; asked at once, because Caddy looks for a node for two seconds."""
    folder, ports = tmp_path_factory.mktemp("away"), [free_port(), free_port()]
    with ExitStack() as running, ThreadPoolExecutor(max_workers=32) as pool:
        wanted = {
            (name, prefix, path, language): pool.submit(ask, proxy, prefix + path, language)
            for name in NAMES
            for prefix in ("", PREFIX)
            for proxy in [running.enter_context(started(name, folder, ports, prefix))]
            for path in (STREAM, f"/ar{STREAM}", PAGE, f"/ar{PAGE}", f"/en{PAGE}")
            for language in ("en", "ar-SA,en")
        }
        yield {key: asked.result() for key, asked in wanted.items()}


def started(name: str, folder: Path, ports: list[int], prefix: str) -> DeployedProxy:
    return DeployedProxy(name, folder, ports, is_below_prefix=bool(prefix))


def ask(proxy: DeployedProxy, path: str, language: str) -> Answer:
    with closing(Api(proxy.base_url)) as api:
        return api.request("GET", path, headers={"Accept-Language": language})


def headers(answer: Answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize("prefix", ["", PREFIX])
@pytest.mark.parametrize("name", NAMES)
def test_a_stream_ends_at_once_and_is_tried_again(
    answers: dict[tuple[str, ...], Answer], name: str, prefix: str
) -> None:
    """After any status but 200, an EventSource gives up for good."""
    for path in (STREAM, f"/ar{STREAM}"):
        answer = answers[name, prefix, path, "en"]
        assert (answer.status, answer.body) == (200, "retry: 2000\n")
        assert headers(answer)["content-type"].startswith("text/event-stream")
        assert headers(answer)["cache-control"] == "no-store"
        assert "x-away" not in headers(answer)


@pytest.mark.parametrize("prefix", ["", PREFIX])
@pytest.mark.parametrize("name", NAMES)
def test_all_else_gets_a_sentence_in_its_language(
    answers: dict[tuple[str, ...], Answer], name: str, prefix: str
) -> None:
    wanted = {
        (PAGE, "en"): ENGLISH,
        (PAGE, "ar-SA,en"): ARABIC,
        (f"/ar{PAGE}", "en"): ARABIC,
        (f"/en{PAGE}", "ar-SA,en"): ENGLISH,
    }
    for (path, language), sentence in wanted.items():
        answer = answers[name, prefix, path, language]
        assert answer.status == 503
        assert answer.body["detail"].startswith(sentence)
        assert headers(answer)["retry-after"] == "1"
        assert headers(answer)["cache-control"] == "no-store"
