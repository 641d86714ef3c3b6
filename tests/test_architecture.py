"""The design's table of folders as a test: who may import whom, and how large things may grow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FUNCTION_LINES, MODULE_LINES, DAG_LINES = 70, 300, 60

NETWORKS = frozenset(
    {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "imaplib", "xmlrpc", "socketserver"}
    | {"requests", "urllib3", "httpx", "aiohttp", "paramiko", "asyncssh", "grpc"}
)
SPARK = frozenset({"pyspark", "delta"})
GATES = frozenset({"great_expectations"})
SCHEDULER = frozenset({"airflow"})
DASHBOARD = frozenset({"superset"})
THIRD_PARTY_ENGINES = SPARK | GATES | SCHEDULER | DASHBOARD


@dataclass(frozen=True)
class Folder:
    """What the modules of a folder may import.

    ours: top-level packages of this project, or single modules of them.
    never: packages of others that are closed to it. only: when given, the others' packages that are open to it.
    """

    ours: frozenset[str]
    never: frozenset[str]
    only: frozenset[str] | None = None


FOLDERS = {
    "lakehouse": Folder(frozenset({"lakehouse"}), THIRD_PARTY_ENGINES),
    "warehouse_models": Folder(
        frozenset({"warehouse_models", "lakehouse.errors"}),
        THIRD_PARTY_ENGINES | NETWORKS,
        only=frozenset({"pydantic", "yaml"}),
    ),
    "expectations": Folder(
        frozenset({"expectations", "warehouse_models", "lakehouse"}), SPARK | SCHEDULER | DASHBOARD | NETWORKS
    ),
    "jobs": Folder(frozenset({"jobs", "expectations", "warehouse_models", "lakehouse"}), SCHEDULER | DASHBOARD),
    "dags": Folder(frozenset({"jobs", "lakehouse"}), SPARK | GATES | DASHBOARD),
    "dashboards": Folder(frozenset({"dashboards", "lakehouse", "warehouse_models"}), SPARK | GATES | SCHEDULER),
}
# These stand from the first commit on; the others are held to their rule as soon as they exist.
FOUNDED = ("lakehouse", "warehouse_models", "expectations", "jobs")
OURS = frozenset(FOLDERS) | {"tests"}


def modules(folder: str) -> list[Path]:
    """The Python files of a top-level folder."""
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


ALL_MODULES = [path for folder in sorted(OURS) for path in modules(folder)]


def imports(source: str, path: str) -> Iterator[str]:
    """Dotted names that a module imports, anywhere in it: inside functions and for type checking too."""
    package = Path(path).parent.parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def forbidden(source: str, path: str) -> list[str]:
    """What a module at a path imports although its folder may not."""
    folder = FOLDERS[Path(path).parts[0]]
    return [name for name in imports(source, path) if not _may(folder, name)]


def _may(folder: Folder, name: str) -> bool:
    top = name.split(".")[0]
    if top in OURS:
        return any(f"{name}.".startswith(f"{allowed}.") for allowed in folder.ours)
    if top in folder.never:
        return False
    return folder.only is None or top in folder.only or top in sys.stdlib_module_names


def long_functions(source: str, ceiling: int = FUNCTION_LINES) -> list[str]:
    """Names of the functions that have more lines than the ceiling."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [node.name for node in nodes if (node.end_lineno or 0) - node.lineno + 1 > ceiling]


def name_of(path: Path) -> str:
    """A path as the failure shows it."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", FOUNDED)
def test_the_folder_is_there_and_has_modules(folder: str) -> None:
    assert len(modules(folder)) >= 2, f"{folder}/ has no modules, so nothing about it would be tested"
    assert (ROOT / folder / "__init__.py").is_file()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    faults = {name_of(path): forbidden(path.read_text(), name_of(path)) for path in modules(folder)}
    assert {path: names for path, names in faults.items() if names} == {}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("lakehouse/a.py", "def f():\n    import jobs.night"),
        ("lakehouse/a.py", "from warehouse_models.registry import tables"),
        ("lakehouse/a.py", "def f():\n    from pyspark.sql import functions"),
        ("lakehouse/commands/a.py", "from jobs import night"),
        ("warehouse_models/a.py", "from lakehouse.settings import Settings"),
        ("warehouse_models/a.py", "import pandas"),
        ("warehouse_models/a.py", "import urllib.request"),
        ("expectations/a.py", "import jobs"),
        ("expectations/a.py", "if TYPE_CHECKING:\n    from pyspark.sql import Column"),
        ("expectations/a.py", "import requests"),
        ("jobs/a.py", "from airflow.sdk import task"),
        ("jobs/a.py", "from tests.rows import rows"),
        ("dashboards/a.py", "import jobs.ledger"),
        ("dashboards/a.py", "import pyspark"),
        ("dags/a.py", "import pyspark"),
    ],
)
def test_a_forbidden_import_is_found(path: str, source: str) -> None:
    assert forbidden(source, path) != []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("lakehouse/a.py", "import click, lakehouse.errors"),
        ("lakehouse/commands/a.py", "from .. import errors"),
        ("warehouse_models/a.py", "from lakehouse.errors import LakehouseError\nimport yaml, decimal"),
        ("expectations/a.py", "import great_expectations, pandas\nfrom warehouse_models import contract"),
        ("jobs/a.py", "import pyspark, paramiko, expectations.suites"),
        ("dashboards/a.py", "import jinja2, duckdb, warehouse_models.registry"),
    ],
)
def test_a_permitted_import_passes(path: str, source: str) -> None:
    assert forbidden(source, path) == []


def test_no_sql_asks_a_clock() -> None:
    """What a night writes hangs on the business date; a replay in a later year writes the same. How old the last night is, a
    metric of the dashboards asks when somebody looks."""
    asked = re.compile(
        r"\b(current_(date|time|timestamp)|localtimestamp|curdate|unix_timestamp)\b|\bnow\(\)", re.IGNORECASE
    )
    assert asked.search("select CURRENT_DATE()")
    assert asked.search("now()")
    files = [path for folder in ("jobs", "expectations", "warehouse_models") for path in modules(folder)]
    files += (ROOT / "warehouse_models").rglob("*.sql")
    assert len(files) > 200
    assert [name_of(path) for path in files if asked.search(path.read_text())] == ["warehouse_models/served.py"]


def test_only_the_command_line_imports_by_name() -> None:
    callers = [
        name_of(path)
        for path in modules("lakehouse")
        if re.search(r"\bimport_module\(|\b__import__\(", path.read_text())
    ]
    assert callers == ["lakehouse/cli.py"]


def test_bootstrap_needs_nothing_but_the_standard_library() -> None:
    """Everything that it loads, directly or through modules of ours, is there before anything is installed."""
    waiting, seen = ["lakehouse.bootstrap"], set()
    while waiting:
        module = waiting.pop()
        path = ROOT / f"{module.replace('.', '/')}.py"
        if module in seen or not path.is_file():
            continue
        seen.add(module)
        names = list(imports(path.read_text(), name_of(path)))
        foreign = [name for name in names if name.split(".")[0] not in sys.stdlib_module_names | {"lakehouse"}]
        assert foreign == [], module
        waiting += [part for name in names if name.startswith("lakehouse") for part in (name, name.rpartition(".")[0])]
    assert {"lakehouse.bootstrap", "lakehouse.java", "lakehouse.errors"} <= seen


@pytest.mark.parametrize("folder", ["lakehouse", "warehouse_models"])
def test_importing_loads_no_engine_and_opens_no_file(folder: str) -> None:
    """In a fresh interpreter, as the order of imports decides. Only program text of the folder is opened."""
    names = [name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in modules(folder)]
    script = f"""
import importlib, sys
opened = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith({str(ROOT / folder)!r}):
        opened.append(arguments[0])
sys.addaudithook(watch)
for name in {names!r}:
    importlib.import_module(name)
print(sorted({set(THIRD_PARTY_ENGINES)!r} & set(sys.modules)))
print(sorted(path for path in opened if ".py" not in path.rpartition("/")[2]))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n[]\n", "")


def test_a_dag_file_imports_jobs_only_inside_its_tasks() -> None:
    """The scheduler reads these files again and again: at their top they load nothing but Airflow."""
    heavy = {
        name_of(path): [ast.unparse(node) for node in ast.parse(path.read_text()).body if _is_heavy(node)]
        for path in modules("dags")
    }
    assert {path: found for path, found in heavy.items() if found} == {}
    assert _is_heavy(ast.parse("from jobs.night import run_night").body[0])


def _is_heavy(node: ast.stmt) -> bool:
    names = imports(ast.unparse(node), "dags/a.py") if isinstance(node, ast.Import | ast.ImportFrom) else []
    return any(name.split(".")[0] in {"jobs", "pandas", "pyarrow"} for name in names)


def test_no_dag_file_is_named_like_a_package() -> None:
    """The scheduler puts the folder of DAGs on the import path: such a file would hide the package."""
    names = {path.stem for path in (ROOT / "dags").glob("*")}
    assert names & (OURS | THIRD_PARTY_ENGINES) == set()


def test_no_function_is_too_long() -> None:
    faults = {name_of(path): long_functions(path.read_text()) for path in ALL_MODULES}
    assert {path: names for path, names in faults.items() if names} == {}


def test_a_long_function_is_found() -> None:
    source = "def f():\n" + "    pass\n" * FUNCTION_LINES
    assert long_functions(source) == ["f"]
    assert long_functions(source, ceiling=FUNCTION_LINES + 1) == []


def test_no_module_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in ALL_MODULES}
    ceilings = {name: DAG_LINES if name.startswith("dags/") else MODULE_LINES for name in lengths}
    assert {name: length for name, length in lengths.items() if length > ceilings[name]} == {}
    assert len(lengths) > 30


def test_no_file_carries_a_version_in_its_name() -> None:
    """Git and Delta keep history. A dialect bears the version of a vendor's product, which is another thing."""
    named = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    files = [Path(line) for line in named.stdout.splitlines() if not line.startswith("warehouse_models/dialects/")]
    assert len(files) > 30
    assert [str(path) for path in files if re.search(r"(_v\d+|_old|_final\d*|_copy)$", path.stem)] == []
