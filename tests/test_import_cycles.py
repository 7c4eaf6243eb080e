"""What import-linter does not see: modules of one package that import each other, if only for types or when called."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDER = Path(__file__).parents[1] / "provider"


def module_name(path: Path) -> str:
    """The dotted name of a file below the provider's folder; a package goes by its own."""
    return ".".join(path.relative_to(PROVIDER).with_suffix("").parts).removesuffix(".__init__")


def imports_of(source: str, modules: set[str]) -> list[str]:
    """Which of the modules a source imports, wherever it does: for types alone and inside functions as well.

    A name of a package that is a module of it stands for that module, any other name for the package itself.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "an import is relative, which this test does not follow"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else str(node.module) for name in names}
    return sorted(found & modules)


def cycles(sources: dict[str, str]) -> Iterator[str]:
    """One cycle after the other, as ``a → b → a``, until the imports that close them are all named."""
    graph = {module: imports_of(source, set(sources)) for module, source in sorted(sources.items())}
    while cycle := first_cycle(graph):
        yield " → ".join(cycle)
        graph[cycle[0]].remove(cycle[1])


def first_cycle(graph: dict[str, list[str]]) -> list[str]:
    """A way from a module back to itself, or an empty list."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]  # graphlib lists it against the direction of the imports
    return []


def test_a_cycle_is_found_wherever_it_hides() -> None:
    """Through a package, for types alone, or inside a function."""
    sources = {
        "a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b\n",
        "b": "import a\n",
        "p": "from p.one import One\n",
        "p.one": "from p import two\n",
        "p.two": "from p import One\n",
        "x": "def f():\n    import y\n",
        "y": "import x\nimport os\n",
    }
    assert [set(cycle.split(" → ")) for cycle in cycles(sources)] == [{"a", "b"}, {"p", "p.one", "p.two"}, {"x", "y"}]
    assert list(cycles({**sources, "b": "", "p.two": "import os", "y": "import p.two"})) == []


def test_no_modules_import_each_other() -> None:
    """Imports point one way, module by module, also those for types alone and those inside functions."""
    sources = {module_name(path): path.read_text("utf-8") for path in PROVIDER.rglob("*.py")}
    assert len(sources) > 100
    found = list(cycles(sources))
    assert not found, "\n".join(found)
