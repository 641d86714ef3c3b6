"""What runs inside of Superset knows the roles as they are declared."""

from __future__ import annotations

import ast
from pathlib import Path

import dashboards.superset
from dashboards.access import access

FOLDER = Path(str(dashboards.superset.__file__)).parent


def _constant(module: str, name: str) -> set[str]:
    """The words of a constant of a module that this environment cannot import."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    (value,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets)
    )
    return {node.value for node in ast.walk(value) if isinstance(node, ast.Constant)}


def test_roles_that_see_all_rows_are_those_that_are_declared_so() -> None:
    declared = {name for name, role in access().roles.items() if role.rows == "all"}
    assert _constant("tenancy", "COMMISSION") == declared | {"Admin"}


def test_roles_that_may_explore_are_those_that_are_declared_so() -> None:
    declared = {name for name, role in access().roles.items() if "explore" in role.may}
    assert _constant("security", "EXPLORERS") == declared | {"Admin"}
    assert all(access().roles[name].rows == "all" for name in declared)
