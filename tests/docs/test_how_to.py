"""The how-to pages, followed: the files that they show are written into a copy, and the checks that they name pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards.declared import charts, pages
from jobs.commands.delivery import delivery
from jobs.province.story import Lie, registers, visit, write_delivery
from jobs.site import load_points, outbox
from lakehouse.settings import Settings
from tests.docs import pages as book

PACKAGES = ("lakehouse", "warehouse_models", "expectations", "jobs", "dashboards")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the program, to change."""
    for package in PACKAGES:
        shutil.copytree(book.ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def run(checkout: Path) -> Run:
    """Run a program text, or a `lakehouse` command, in the copy."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*words: str, program: str = "") -> subprocess.CompletedProcess[str]:
        text = program or f"from lakehouse.cli import run\nrun({list(words)!r})"
        command = [sys.executable, "-c", text]
        return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)

    return run


def follow(page: str, checkout: Path) -> list[str]:
    """Write the files that a page shows; their names."""
    shown = book.files(book.HOW_TO / page)
    for path, content in shown.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(content, encoding="utf-8")
    return list(shown)


def is_well(done: subprocess.CompletedProcess[str]) -> str:
    """What a command said that had nothing to object to."""
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def test_a_point_is_added(tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert follow("add-a-point.md", site) == ["points/P094.yaml"]
    settings = Settings(home=tmp_path, site=site, keys=tmp_path)
    (point,) = load_points(settings)
    assert (point.id, point.kind, point.connected_from) == ("P094", "hospital", date(2026, 7, 1))
    assert outbox(settings, point.transport) == tmp_path / "offers" / "P094"
    fields = {row[0].strip("`").split(".")[0] for row in book.rows(book.HOW_TO / "add-a-point.md", "The file")}
    assert {"id", "class", "institution", "region", "transport", "timetable", "connected_from"} == fields


def test_a_dialect_is_added_and_reads_a_delivery(checkout: Path, run: Run) -> None:
    assert len(follow("add-a-dialect.md", checkout)) == 2
    assert "4 dialects: all is well." in is_well(run("contracts", "check"))
    written = run(
        program="from pathlib import Path\nfrom jobs.province.story import registers, visit, write_delivery\n"
        "write_delivery(Path('P001'), {**registers(), **visit('V1')}, vendor='kangning-2')"
    )
    is_well(written)
    said = is_well(run("delivery", "check", "P001/2026-06-30-0001", "--dialect", "kangning-2"))
    assert said == "12 rows in 10 tables: nothing to object to. 未发现问题。\n"
    assert run("delivery", "check", "P001/2026-06-30-0001").returncode == 1


def test_a_crosswalk_that_lacks_a_code_is_found(checkout: Path, run: Run) -> None:
    *_, crosswalk = follow("add-a-dialect.md", checkout)
    file = checkout / crosswalk
    file.write_text("".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    done = run("contracts", "check")
    assert done.returncode == 1
    assert "CONTRACTS-041: The crosswalk of sex in the dialect kangning-2 has no way to write 9." in done.stdout


def test_a_table_is_added(checkout: Path, run: Run) -> None:
    page = book.HOW_TO / "add-a-table.md"
    assert len(follow("add-a-table.md", checkout)) == 2
    assert "CONTRACTS-040: The dialect huakang-3 lacks the tables referral." in run("contracts", "check").stdout
    _map_in_the_vendors_dialects(page, checkout)
    _add_the_check(page, checkout)
    said = is_well(run("contracts", "check"))
    assert "11 exchange tables, 11 tables of the four databases" in said
    is_well(run("contracts", "docs", "--folder", "docs"))
    standard = (checkout / "docs" / "exchange-standard.md").read_text(encoding="utf-8")
    assert "### referral: Referrals 双向转诊记录" in standard
    assert "`referral.received_before_referred`" in standard
    assert "`to_institution_code`" in (checkout / "docs" / "data-dictionary.md").read_text(encoding="utf-8")


def _map_in_the_vendors_dialects(page: Path, checkout: Path) -> None:
    for name, block in zip(("huakang-3", "province-1"), book.blocks(page, "yaml"), strict=True):
        file = checkout / f"warehouse_models/dialects/{name}.yaml"
        file.write_text(file.read_text(encoding="utf-8") + block, encoding="utf-8")


def _add_the_check(page: Path, checkout: Path) -> None:
    (check,) = (block for block in book.blocks(page, "python") if block.startswith("Check("))
    file = checkout / "expectations/checks.py"
    file.write_text(f"{file.read_text(encoding='utf-8').rstrip().removesuffix(')')}\n{check.rstrip()},\n)\n", "utf-8")


MART = """
import duckdb, sqlglot
from warehouse_models.registry import marts, sql_of
mart = marts()["spending.visit_cost"]
words = sqlglot.transpile(sql_of(mart).replace("{charge_item}", "charge_item"), read="spark", write="duckdb")[0]
duckdb.sql('''create table charge_item as select * from (values
    ('2026-06', 'I1', '1', 'P001', 'V1', 10.00::decimal(18,2)), ('2026-06', 'I1', '1', 'P001', 'V1', 5.01),
    ('2026-06', 'I1', '1', 'P001', 'V2', 20.00), ('2026-06', 'I1', '1', 'P002', 'V1', -5.00),
    ('2026-05', 'I1', '2', 'P001', 'V3', 7.00))
    charges(month, institution_code, channel_code, point_id, encounter_id, amount)''')
rows = duckdb.sql(words)
assert rows.columns == [column.name for column in mart.columns], rows.columns
print(*rows.order("month, channel_code").fetchall(), sep=chr(10))
"""


def test_a_mart_is_added_and_says_what_its_definition_says(checkout: Path, run: Run) -> None:
    assert len(follow("add-a-mart.md", checkout)) == 2
    assert "4 marts" in is_well(run("contracts", "check"))
    assert is_well(run(program=MART)).splitlines() == [
        "('2026-05', 'I1', '2', 1, Decimal('7.00'), Decimal('7.00'))",
        "('2026-06', 'I1', '1', 3, Decimal('30.01'), Decimal('10.00'))",
    ]


def test_a_chart_and_its_page_are_added(checkout: Path, run: Run) -> None:
    assert len(follow("add-a-chart.md", checkout)) == 2
    assert (
        is_well(run("dashboards", "check")) == f"{len(pages()) + 1} pages, {len(charts()) + 1} charts: all is well.\n"
    )


def test_the_check_of_a_delivery_says_what_the_page_shows(tmp_path: Path) -> None:
    clean, faulty = book.blocks(book.HOW_TO / "check-a-delivery.md", "text")
    rows = {**registers(), **visit("V1")}
    folder = write_delivery(tmp_path / "P001", rows)
    assert CliRunner().invoke(delivery, ["check", str(folder)]).output == clean
    rows["encounter"][0]["ended_at"] = "2026-06-30 08:55:00"
    folder = write_delivery(tmp_path / "P001", rows, sequence=2, lie=Lie.SUM)
    done = CliRunner().invoke(delivery, ["check", str(folder)])
    assert (done.exit_code, done.output) == (1, faulty)


def test_the_account_on_the_page_balances() -> None:
    (line,) = book.blocks(book.HOW_TO / "read-the-ledger.md", "text")
    told = {fate: int(rows.replace(",", "")) for fate, rows in re.findall(r" ([a-z]+) ([\d,]+)(?! 元)", line)}
    assert told["declared"] == told["refused"] + told["landed"]
    assert told["landed"] == sum(rows for fate, rows in told.items() if fate not in ("declared", "refused", "landed"))


def test_every_page_is_listed() -> None:
    listed = set(re.findall(r"\]\((.+?\.md)\)", book.text(book.HOW_TO / "README.md")))
    assert listed == {page.name for page in book.HOW_TO.glob("*.md")} - {"README.md"}
    assert len(listed) >= 10
