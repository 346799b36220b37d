"""Each architecture check finds small sources that break its rule, and accepts others."""

import pytest

from tests.support import layers
from tests.support.layers import DOMAIN, HUB, PROTOCOL, STORE, STREAMS, USE_CASES
from tests.support.source import (
    Module,
    find_circle,
    import_graph,
    merged,
    private_names_in_strings,
    returning_tests,
)

IN_A_FUNCTION = "def load():\n    from qader_sse.store import event_log"
FOR_TYPES_ONLY = "if TYPE_CHECKING:\n    from qader_sse.store.event_log import append"


@pytest.mark.parametrize(
    ("layer", "source", "found"),
    [
        (DOMAIN, "import flask", "flask"),
        (DOMAIN, "import sqlalchemy.orm as orm", "sqlalchemy.orm"),
        (DOMAIN, IN_A_FUNCTION, "qader_sse.store.event_log"),
        (DOMAIN, FOR_TYPES_ONLY, "qader_sse.store.event_log.append"),
        (STORE, "from qader_sse.use_cases import challenges", "qader_sse.use_cases.challenges"),
        (STORE, "from qader_sse import use_cases", "qader_sse.use_cases"),
        (STORE, "from qader_sse.question_files import read", "qader_sse.question_files.read"),
        (USE_CASES, "import gevent", "gevent"),
        (USE_CASES, "from qader_sse.realtime import hub", "qader_sse.realtime.hub"),
        (PROTOCOL, "from qader_sse.realtime.hub import Hub", "qader_sse.realtime.hub.Hub"),
        (PROTOCOL, "import qader_sse.realtime.bus.interface", "qader_sse.realtime.bus.interface"),
        (HUB, "from qader_sse.realtime import streams", "qader_sse.realtime.streams"),
        (STREAMS, "from qader_sse.web import errors", "qader_sse.web.errors"),
        ("qader_client", "from cluster.node import Node", "cluster.node.Node"),
        ("conformance", "import qader_sse.store", "qader_sse.store"),
    ],
)
def test_an_import_from_above_beside_or_outside_is_found(
    layer: str, source: str, found: str
) -> None:
    assert layers.foreign_imports(Module(f"{layer}.example", source)) == [found]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (f"{DOMAIN}.example", "import enum\nfrom qader_sse.domain.rules import answer"),
        (f"{STORE}.example", "from sqlalchemy import select\nfrom qader_sse.domain import rules"),
        (f"{STORE}.question_bank", "from qader_sse.question_files import read"),
        (f"{USE_CASES}.passwords", "from gevent import get_hub"),
        (f"{STREAMS}.example", "from qader_sse.realtime.hub import Hub\nimport gevent"),
    ],
)
def test_an_import_from_below_is_accepted(name: str, source: str) -> None:
    assert layers.foreign_imports(Module(name, source)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import random", "random"),
        ("from random import random", "random.random"),
        ("from random import choice as pick", "random.choice"),
        ("import os as system\nsystem.urandom(8)", "os.urandom"),
        ("def draw():\n    import secrets", "secrets"),
        ("import uuid", "uuid"),
        ("from sqlalchemy import func\nfunc.random()", "sqlalchemy.func.random"),
        ("import time", "time"),
        ("import time as t", "time"),
        ("from time import time", "time.time"),
        ("from time import monotonic as ticks", "time.monotonic"),
        ("import datetime\ndatetime.datetime.now()", "datetime.datetime.now"),
        ("import datetime as dt\ndt.date.today()", "datetime.date.today"),
        ("from datetime import datetime\ndatetime.utcnow()", "datetime.datetime.utcnow"),
        ("from datetime import datetime as d\nd.now()", "datetime.datetime.now"),
        ("from datetime import datetime as d\nclock = d.now", "datetime.datetime.now"),
        ("def late(due_at):\n    return type(due_at).now()", "?.now"),
        ("def late(due_at):\n    return due_at.today()", "due_at.today"),
        ("module = __import__('time')", "__import__"),
        ("from importlib import import_module as load", "importlib.import_module"),
    ],
)
def test_clocks_and_chance_are_found_under_any_name(source: str, found: str) -> None:
    assert found in layers.clocks_and_chance(Module("example", source))


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime, timedelta\ndatetime(2026, 1, 1, tzinfo=UTC)",
        "def is_due(challenge, now):\n    return challenge.due_at <= now",
        "def pick(clock, chance):\n    return chance.choice([clock()])",
    ],
)
def test_a_time_or_a_choice_given_as_an_argument_is_accepted(source: str) -> None:
    assert layers.clocks_and_chance(Module("example", source)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time as t\nt.time()", "time.time"),
        ("from time import time as seconds", "time.time"),
        ("from time import *", "time.*"),
        ("from time import gmtime", "time.gmtime"),
        ("from datetime import datetime as d\nd.now()", "datetime.datetime.now"),
        ("import datetime\ndef today():\n    return datetime.date.today()", "datetime.date.today"),
        ("from sqlalchemy import func as f\nf.now()", "sqlalchemy.func.now"),
    ],
)
def test_the_wall_clock_is_found_under_any_name(source: str, found: str) -> None:
    assert layers.wall_clocks(Module("example", source)) == [found]


def test_the_monotonic_clock_is_no_wall_clock() -> None:
    source = "import time\ntime.monotonic()\ntime.sleep(1)\nfrom datetime import datetime"
    assert layers.wall_clocks(Module("example", source)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\nos.environ['PORT']", "os.environ"),
        ("import os as system\nsystem.getenv('PORT')", "os.getenv"),
        ("from os import environ as settings", "os.environ"),
    ],
)
def test_the_environment_is_found_under_any_name(source: str, found: str) -> None:
    assert found in layers.environment(Module("example", source))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from sqlalchemy import insert as add", "sqlalchemy.insert"),
        ("import sqlalchemy as sa\nsa.update(table)", "sqlalchemy.update"),
        ("def end(database):\n    with database.transaction(): ...", "database.transaction"),
        ("def end(self):\n    self.db.session.commit()", "self.db.session.commit"),
        ("from qader_sse.store.event_log import append", "qader_sse.store.event_log.append"),
        (
            "from qader_sse.store import event_log as log\nlog.lock(tx, topic)",
            "qader_sse.store.event_log.lock",
        ),
    ],
)
def test_a_write_to_the_database_is_found(source: str, found: str) -> None:
    assert layers.writes(Module("example", source)) == [found]


def test_an_import_from_another_room_of_the_web_is_found() -> None:
    views = Module("qader_sse.web.pages.views", "from qader_sse.web.api.auth import login")
    assert layers.other_rooms(views) == ["qader_sse.web.api.auth.login"]


def test_a_relative_import_is_refused() -> None:
    with pytest.raises(AssertionError, match="example imports relatively"):
        Module("example", "from . import rules").imports  # noqa: B018  # reading it raises


SIMPLE = {"a.one": "import a.two", "a.two": "from a import one"}
IN_FUNCTIONS = {
    "a.one": "def go():\n    from a.two import stop",
    "a.two": "if TYPE_CHECKING:\n    from b import three",
    "b.three": "from a.one import go",
}


@pytest.mark.parametrize("sources", [SIMPLE, IN_FUNCTIONS], ids=["simple", "in functions"])
def test_a_circle_of_modules_is_found(sources: dict[str, str]) -> None:
    modules = {name: Module(name, text) for name, text in sources.items()}
    assert set(find_circle(import_graph(modules))) == set(sources)


def test_a_circle_of_rooms_is_found_although_no_modules_make_one() -> None:
    sources = {"a.one": "import b.one", "b.one": "", "b.two": "from a.two import x", "a.two": ""}
    graph = import_graph({name: Module(name, text) for name, text in sources.items()})
    assert find_circle(graph) == []
    assert set(find_circle(merged(graph, room=lambda name: name[0]))) == {"a", "b"}


def test_an_import_of_a_module_is_no_import_of_its_package() -> None:
    sources = {"a": "import a.one", "a.one": "from a import two", "a.two": ""}
    graph = import_graph({name: Module(name, text) for name, text in sources.items()})
    assert graph == {"a": {"a.one"}, "a.one": {"a.two"}, "a.two": set()}
    sources["a.two"] = "from a import made_in_its_init"
    graph = import_graph({name: Module(name, text) for name, text in sources.items()})
    assert find_circle(graph)


def test_a_return_in_a_test_is_found_but_not_in_a_function_inside_of_it() -> None:
    early = "def test_it(case):\n    if case:\n        return\n    assert case"
    inner = "def test_it(case):\n    def double(n):\n        return 2 * n\n    assert double(case)"
    assert returning_tests(Module("tests.example", early)) == ["test_it"]
    assert returning_tests(Module("tests.example", inner)) == []


@pytest.mark.parametrize(
    "source",
    [
        "def test_it(monkeypatch):\n    monkeypatch.setattr(hub, '_streams', {})",
        "def test_it():\n    assert getattr(hub, '_streams') == {}",
    ],
)
def test_a_private_attribute_is_found_in_a_string(source: str) -> None:
    assert private_names_in_strings(Module("tests.example", source)) == ["_streams"]
