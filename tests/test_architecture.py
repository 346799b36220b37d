"""Imports go down only and make no circle, and each layer does only what is its task.

The rules are in `tests/support/layers.py`. `tests/test_architecture_checks.py` tests the rules
themselves, on small sources that break them.
"""

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support import layers
from tests.support.layers import (
    BUS,
    DOMAIN,
    LIMITS,
    PROTOCOL,
    REALTIME,
    STORE,
    STREAMS,
    USE_CASES,
    WEB,
    WEB_ROOMS,
)
from tests.support.source import (
    Module,
    find_circle,
    import_graph,
    is_in,
    merged,
    private_names_in_strings,
    read_modules,
    returning_tests,
)

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "qader_sse": ROOT,
    "bench": ROOT,
    "chaos": ROOT,
    "cluster": ROOT,
    "conformance": ROOT,
    "demo": ROOT,
    "fuzz": ROOT,
    "interop": ROOT,
    "tools": ROOT,
    "qader_client": ROOT / "clients/python",
    "tests": ROOT,
}
MODULES = {
    name: module
    for package, folder in FOLDERS.items()
    for name, module in read_modules(folder, package).items()
}
FACTORY = "qader_sse"  # the __init__ of the package, which joins the layers
ENTRANCE = "qader_sse.wsgi"  # which makes the app, for gunicorn
TOOLS = [package for package in FOLDERS if package != FACTORY]
ROOMS = (
    *(DOMAIN, STORE, USE_CASES, LIMITS, BUS, PROTOCOL, STREAMS),
    *WEB_ROOMS,
    *TOOLS,
)
MAX_LINES = 250
ARCHITECTURE = ROOT / "docs/architecture.md"


def modules_in(*packages: str) -> list[Module]:
    found = [module for name, module in MODULES.items() if is_in(name, *packages)]
    assert found
    return found


def broken(rule: Callable[[Module], list[str]], modules: Iterable[Module]) -> dict[str, list[str]]:
    """Return what breaks a rule, by the names of the modules that do."""
    return {module.name: found for module in modules if (found := rule(module))}


def room_of(name: str) -> str:
    """Return the room of a module; a module outside of all rooms is a room of its own."""
    return next((room for room in ROOMS if is_in(name, room)), name)


def sources() -> list[Path]:
    """Return the Python and JavaScript files whose length is limited."""
    packages = [folder / package for package, folder in FOLDERS.items()]
    found = {
        path
        for folder in (
            *packages,
            ROOT / "clients/js/src",
            ROOT / "clients/js/tests",
            ROOT / "tests",
        )
        for path in folder.rglob("*")
        if path.suffix in (".py", ".js", ".mjs") and "node_modules" not in path.parts
    }
    assert found
    return sorted(found)


SERVICE = modules_in("qader_sse")
GRAPH = import_graph(MODULES)


def imports_of(*packages: str) -> Callable[[Module], list[str]]:
    """Return a rule that finds what a module imports of these packages."""
    return lambda module: sorted(name for name in module.imports if is_in(name, *packages))


def test_a_layer_imports_only_what_is_below_it() -> None:
    layered = [module for module in MODULES.values() if layers.layer_of(module)]
    assert broken(layers.foreign_imports, layered) == {}


def test_the_rooms_of_the_web_import_nothing_of_each_other() -> None:
    assert broken(layers.other_rooms, modules_in(*WEB_ROOMS)) == {}


def test_only_the_factory_imports_the_web() -> None:
    others = [m for m in SERVICE if m.name not in (FACTORY, ENTRANCE) and not is_in(m.name, WEB)]
    assert broken(imports_of(WEB), others) == {}


def test_nothing_in_the_service_imports_the_factory() -> None:
    others = [module for module in SERVICE if module.name != ENTRANCE]
    assert [module.name for module in others if FACTORY in GRAPH[module.name]] == []


def test_the_service_runs_without_its_tools_and_tests() -> None:
    assert broken(imports_of(*TOOLS), SERVICE) == {}


def test_no_import_circle_between_modules() -> None:
    assert find_circle(GRAPH) == []


def test_no_import_circle_between_rooms() -> None:
    assert find_circle(merged(GRAPH, room_of)) == []


def test_rules_and_use_cases_have_no_clock_and_no_chance() -> None:
    assert broken(layers.clocks_and_chance, modules_in(DOMAIN, USE_CASES)) == {}


def test_only_the_clock_reads_the_time_of_day() -> None:
    others = [module for module in SERVICE if module.name != "qader_sse.clock"]
    assert broken(layers.wall_clocks, others) == {}


def test_only_the_settings_read_the_environment() -> None:
    others = [module for module in SERVICE if module.name != "qader_sse.config"]
    assert broken(layers.environment, others) == {}


def test_realtime_writes_nothing_to_the_database() -> None:
    assert broken(layers.writes, modules_in(REALTIME)) == {}


def test_the_web_writes_no_sql() -> None:
    assert broken(imports_of("sqlalchemy"), modules_in(WEB)) == {}


def test_only_use_cases_open_write_transactions() -> None:
    assert broken(layers.transactions, modules_in(WEB, "qader_sse.cli")) == {}


def test_every_module_of_the_service_has_a_docstring() -> None:
    assert [module.name for module in SERVICE if not ast.get_docstring(module.tree)] == []


def test_the_tree_in_the_documents_names_every_module_of_the_service() -> None:
    named = set(re.findall(r"\w+", ARCHITECTURE.read_text().split("```")[1]))
    modules = [module.name for module in SERVICE if "." in module.name]
    assert [name for name in modules if name.rpartition(".")[2] not in named] == []


def test_no_test_returns_before_its_end() -> None:
    """A test that returns early may check nothing in some of its cases."""
    assert broken(returning_tests, modules_in("tests")) == {}


def test_no_test_reaches_private_attributes_by_their_names() -> None:
    """Ruff finds `tested._private`, but not the name in a string."""
    assert broken(private_names_in_strings, modules_in("tests")) == {}


def test_no_file_is_longer_than_250_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in sources()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}
