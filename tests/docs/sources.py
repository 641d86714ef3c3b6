"""What the sources say of errors: every code with the sentences that it can come with."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("lakehouse", "warehouse_models", "expectations", "jobs", "dashboards")
RAISED = ("LakehouseError", "DamageError", "BusyError", "PassingError")
PRINTED = re.compile(r"([A-Z]+-\d{3}): (.+)", re.DOTALL)


@cache
def errors() -> dict[str, set[str]]:
    """Code -> its sentences, with `…` for what differs from case to case; a sentence made elsewhere is not there."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in program_texts():
        for code, sentence in _of_module(ast.parse(text)):
            found[code] |= {sentence} if sentence else set()
    return dict(found)


def _of_module(module: ast.Module) -> Iterator[tuple[str, str]]:
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.Module)]
    seen: set[int] = set()
    for function in reversed(functions):  # Inner ones first: a name means what it means in them.
        for node in ast.walk(function):
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, ast.Call):
                yield from _raised(node, function)
            elif isinstance(node, ast.JoinedStr) and (printed := PRINTED.fullmatch(_text(node))):
                yield printed[1], printed[2]


def _raised(call: ast.Call, function: ast.AST) -> Iterator[tuple[str, str]]:
    """The code and sentence of one error that is made here."""
    name = getattr(call.func, "id", "")
    if name in RAISED and len(call.args) >= 2 and isinstance(call.args[0], ast.Constant):
        says = call.args[1]
        texts = [_text(says)] if not isinstance(says, ast.Name) else _assigned(says.id, function)
        yield from ((str(call.args[0].value), text) for text in texts or [""])
    elif name == "SystemExit" and call.args and (printed := PRINTED.fullmatch(_text(call.args[0]))):
        yield printed[1], printed[2]


def _assigned(name: str, function: ast.AST) -> list[str]:
    """What a variable of a function is set to."""
    values = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets)
    ]
    return [text for text in map(_text, values) if text]


def _text(node: ast.expr) -> str:
    """A text with its variable parts as `…`; empty where it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


@cache
def program_texts() -> tuple[str, ...]:
    """The program's modules, as text."""
    return tuple(
        file.read_text(encoding="utf-8") for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))
    )
