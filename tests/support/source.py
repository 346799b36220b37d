"""Reads Python source with `ast`, without running it: its imports, the names it uses, and circles.

Imports inside functions and under `TYPE_CHECKING` count like all others.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

Graph = dict[str, set[str]]


class Module:
    """The source of one module."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> set[str]:
        """The full names of the modules it imports, and of the names it imports from modules."""
        return {full for _, full in self._bindings()}

    @cached_property
    def uses(self) -> set[str]:
        """Its imports, and every dotted name it reads, such as `os.environ` or `tx.connection`.

        Aliases are resolved: after `from datetime import datetime as d`, `d.now` is
        `datetime.datetime.now`. A question mark replaces an expression that is no name:
        `clock().now` is `?.now`.
        """
        meanings = dict(self._bindings())
        names = (node for node in ast.walk(self.tree) if isinstance(node, ast.Name | ast.Attribute))
        return self.imports | {_dotted(node, meanings) for node in names}

    def _bindings(self) -> Iterator[tuple[str, str]]:
        """Yield every name that an import defines, with the full name it stands for."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.asname or alias.name, alias.name
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} imports relatively"
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _dotted(node: ast.expr, meanings: Mapping[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, meanings)}.{node.attr}"
    return meanings.get(node.id, node.id) if isinstance(node, ast.Name) else "?"


def read_modules(folder: Path, package: str) -> dict[str, Module]:
    """Read every module of a package; the folder is the one that contains the package."""
    found = {}
    for path in sorted((folder / package).rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = Module(name, path.read_text())
    return found


def is_in(name: str, *packages: str) -> bool:
    """Return whether a dotted name is one of these packages or is inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def import_graph(modules: Mapping[str, Module]) -> Graph:
    """Return which of these modules each one imports.

    An import of `a.b` does not count as an import of `a`, although Python runs `a/__init__.py` for
    it: with the factory in `qader_sse/__init__.py`, the whole service would be one circle.
    """
    graph: Graph = {}
    for name, module in modules.items():
        found = (
            imported if imported in modules else imported.rpartition(".")[0]
            for imported in module.imports
        )
        graph[name] = {target for target in found if target in modules and target != name}
    return graph


def merged(graph: Graph, room: Callable[[str], str]) -> Graph:
    """Return the graph of rooms: which rooms the modules of each room import."""
    rooms: Graph = {room(name): set() for name in graph}
    for name, targets in graph.items():
        rooms[room(name)] |= {room(target) for target in targets} - {room(name)}
    return rooms


def find_circle(graph: Graph) -> list[str]:
    """Return one circle as a list of names that ends with the first name, or an empty list."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def returning_tests(module: Module) -> list[str]:
    """Return the names of tests that contain a `return`: some of their cases may check nothing."""
    return [
        function.name
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_")
        if any(isinstance(node, ast.Return) for node in _own_nodes(function))
    ]


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions and classes inside of it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield node
            yield from _own_nodes(node)


def private_names_in_strings(module: Module) -> list[str]:
    """Return the private attributes that a module reads or sets by `getattr`, `setattr` and the like."""
    return [
        str(argument.value)
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call) and _dotted(call.func, {}).endswith(("attr", "patch.object"))
        for argument in call.args
        if isinstance(argument, ast.Constant)
        and str(argument.value).startswith("_")
        and not str(argument.value).startswith("__")
    ]
