"""Errors are made where they are raised: a shared one would keep the frames of every raise, with what they hold."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

APP = Path(__file__).parents[1] / "app"


def names_bound_by_modules(modules: Iterable[ast.Module]) -> set[str]:
    """Names that a module gives to what it makes when it is loaded."""
    statements = (statement for module in modules for statement in module.body)
    return {name for statement in statements for name in _bound(statement)}


def _bound(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets if isinstance(statement, ast.Assign | ast.AnnAssign) else []:
        yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def names_raised(module: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and name of each `raise NAME` and `raise module.NAME`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            yield node.lineno, node.exc.id
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Attribute):
            yield node.lineno, node.exc.attr


def test_no_error_that_a_module_holds_is_raised() -> None:
    modules = {path: ast.parse(path.read_text()) for path in APP.rglob("*.py")}
    shared = names_bound_by_modules(modules.values())
    raised = {(path.name, line, name) for path, module in modules.items() for line, name in names_raised(module)}
    assert {(path, line, name) for path, line, name in raised if name in shared} == set()


def test_a_raised_constant_is_noticed() -> None:
    module = ast.parse(
        "TWICE = InvalidInput('')\nALSO: Error = Error()\n"
        "def refuse():\n    raise TWICE\ndef again():\n    raise errors.ALSO\ndef well():\n    raise InvalidInput('')\n"
    )
    assert {name for _, name in names_raised(module)} == names_bound_by_modules([module]) == {"TWICE", "ALSO"}
