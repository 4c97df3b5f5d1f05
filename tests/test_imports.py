"""Imports run one way: sources, then the hub, then api and page, then the server."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("sources/**/*.py"), *ROOT.glob("dashboard/**/*.py")])
TOP = {"dashboard.server", "dashboard.app", "dashboard.__main__", "dashboard.notebook",
       "dashboard.plugin", "dashboard.demo"}  # fmt: skip


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def run_nodes(node):
    """Walk what runs, not what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from run_nodes(child)


def imported_by(path):
    for node in run_nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def forbidden_in(module):
    if module.startswith("sources"):
        return ("dashboard", "panel", "bokeh", "tornado")
    if module.startswith("dashboard.api"):
        return ("dashboard.page", "panel", "bokeh", *TOP)
    if module.startswith("dashboard.page"):
        return ("dashboard.api", "tornado", *TOP)
    if module not in TOP:
        return ("dashboard.api", "dashboard.page", "panel", *TOP)
    return ()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_lies_below_it(path):
    forbidden = forbidden_in(name_of(path))

    wrong = [
        name for name in imported_by(path)
        if any(name == other or name.startswith(f"{other}.") for other in forbidden)
    ]  # fmt: skip

    assert wrong == []


def test_pandas_is_imported_in_one_module_only():
    importers = {name_of(path) for path in MODULES if "pandas" in set(imported_by(path))}

    assert importers == {"sources.tables"}
