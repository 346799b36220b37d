"""The layers hold: imports go down only, and each layer keeps out of the others' business.

Read from the source with `ast`, so that an import inside a function counts as well.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "qader_sse"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
MAX_LINES = 300

DOMAIN, STORE = "qader_sse.domain", "qader_sse.store"
REALTIME, WEB = "qader_sse.realtime", "qader_sse.web"


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def modules_in(*packages: str) -> list[str]:
    found = [name for name in MODULES if any(is_in(name, package) for package in packages)]
    assert found
    return found


def imports(module: str) -> set[str]:
    """Return what a module imports: of ours the module, of a name in one the full path."""
    found: set[str] = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def foreign(module: str, *allowed: str) -> list[str]:
    """Return what a module imports beyond the standard library and these packages."""
    return sorted(
        name
        for name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(is_in(name, package) for package in allowed)
    )


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def attributes(module: str) -> Iterator[str]:
    """Find every dotted use, such as `os.environ` or `tx.connection.add`."""
    return (dotted(node) for node in ast.walk(TREES[module]) if isinstance(node, ast.Attribute))


@pytest.mark.parametrize("module", modules_in(DOMAIN))
def test_the_domain_imports_only_the_standard_library_and_itself(module: str) -> None:
    assert foreign(module, DOMAIN, "typing_extensions") == []


@pytest.mark.parametrize("module", modules_in(DOMAIN))
def test_the_domain_has_no_clock_and_no_chance(module: str) -> None:
    impure = {"random", "secrets", "time", "uuid", "os"}
    assert not {name.split(".")[0] for name in imports(module)} & impure
    clocks = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
    assert [used for used in attributes(module) if used.endswith(clocks)] == []


@pytest.mark.parametrize("module", modules_in(STORE))
def test_the_store_imports_only_the_domain_and_the_database(module: str) -> None:
    files = ["qader_sse.question_files"] if module == f"{STORE}.question_bank" else []
    assert (
        foreign(
            module,
            DOMAIN,
            STORE,
            "qader_sse.extensions",
            "qader_sse.jitter",
            "sqlalchemy",
            "alembic",
            "psycopg",
            "orjson",
            *files,
        )
        == []
    )


USE_CASES = "qader_sse.use_cases"
PASSWORDS = f"{USE_CASES}.passwords"  # hashes in gevent's thread pool, with Werkzeug's functions


@pytest.mark.parametrize("module", modules_in(USE_CASES))
def test_the_use_cases_import_only_the_domain_and_the_store(module: str) -> None:
    hashing = ["gevent", "werkzeug"] if module == PASSWORDS else []
    assert foreign(module, DOMAIN, STORE, USE_CASES, *hashing) == []


@pytest.mark.parametrize("module", modules_in(USE_CASES))
def test_the_use_cases_read_no_clock(module: str) -> None:
    assert [used for used in attributes(module) if used.endswith(".now")] == []
    assert not {"time", "random"} & imports(module)


@pytest.mark.parametrize("module", modules_in(REALTIME))
def test_realtime_knows_no_web(module: str) -> None:
    allowed = (
        DOMAIN,
        STORE,
        REALTIME,
        "qader_sse.jitter",
        "gevent",
        "hiredis",
        "orjson",
        "redis",
        "sqlalchemy",
        "wsproto",
    )
    assert foreign(module, *allowed) == []


@pytest.mark.parametrize("module", modules_in(REALTIME))
def test_realtime_writes_nothing(module: str) -> None:
    writers = {"insert", "update", "delete"}
    assert [
        n for n in imports(module) if n.startswith("sqlalchemy") and n.split(".")[-1] in writers
    ] == []
    writing = (".transaction", "session.add", "session.delete", "session.commit", "session.flush")
    assert [used for used in attributes(module) if used.endswith(writing)] == []
    assert [
        used for used in attributes(module) if used in ("event_log.append", "event_log.lock")
    ] == []


@pytest.mark.parametrize("module", [name for name in MODULES if not is_in(name, WEB)])
def test_nothing_imports_the_web_but_the_factory(module: str) -> None:
    if module != "qader_sse":
        assert [name for name in imports(module) if is_in(name, WEB)] == []


@pytest.mark.parametrize("module", [name for name in MODULES if name != "qader_sse"])
def test_nothing_imports_the_factory(module: str) -> None:
    submodules = {name for name in MODULES if name != "qader_sse"}
    ours = {name for name in imports(module) if is_in(name, "qader_sse")}
    assert [n for n in ours if not any(is_in(n, submodule) for submodule in submodules)] == []


@pytest.mark.parametrize("module", modules_in(WEB))
def test_the_web_writes_no_sql(module: str) -> None:
    assert [name for name in imports(module) if is_in(name, "sqlalchemy")] == []


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        module
        for module in MODULES
        if {"os.environ", "os.environb", "os.getenv"} & {*imports(module), *attributes(module)}
    }
    assert readers == {"qader_sse.config"}


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_too_long_to_read(module: str) -> None:
    assert len(MODULES[module].read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(TREES[module])
