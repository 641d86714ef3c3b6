"""`lakehouse delivery`: what a hospital's vendor runs before offering a delivery."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from jobs.delivery_check import Report, RowFinding, check_delivery
from jobs.landing.refusals import Reason
from warehouse_models import dialect

SHOWN_LINES = 10
PLACES = {"csv": "lines", "json": "elements"}


@click.group()
def delivery() -> None:
    """Look at a delivery before it is offered."""


@delivery.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dialect", "vendor", default="standard-1", show_default=True, help="How the vendor writes.")
@click.option("--json", "wants_json", is_flag=True, help="Print every finding as JSON.")
def check(folder: Path, vendor: str, wants_json: bool) -> None:
    """Check the delivery in FOLDER: manifest, files, and every row, as a night would. Nothing is written or kept.

    Whether earlier deliveries used the sequence, and whether parents of the rows have come, only a night can know.

    Exit codes: 0 when a night would take every row, 1 when there are findings, 2 when the folder cannot be read.
    """
    report = check_delivery(folder, vendor)
    if wants_json:
        click.echo(json.dumps(_as_value(report), ensure_ascii=False, indent=1))
    else:
        for line in _lines(report, PLACES[dialect.load(vendor).format]):
            click.echo(line)
    if not report.is_clean:
        sys.exit(1)


def _as_value(report: Report) -> dict[str, Any]:
    """The whole report, for programs."""
    return {
        "clean": report.is_clean,
        "reasons": [why.as_object() for why in report.reasons],
        "rows": report.rows,
        "findings": [asdict(finding) for finding in report.findings],
        "repairs": {table: [made.model_dump() for made in repairs] for table, repairs in report.repairs.items()},
    }


def _lines(report: Report, places: str) -> Iterator[str]:
    """The report for people: why it would be refused, what would be set aside, what would be mended.

    places: what the numbers of places in files are numbers of."""
    for why in report.reasons:
        yield f"{why.code}  {why.where}"
        yield from _told(why)
    for (code, file), same in groupby(sorted(report.findings, key=_place), key=lambda each: (each.code, each.file)):
        found = list(same)
        lines = ", ".join(str(each.line) for each in found[:SHOWN_LINES]) + (" …" if len(found) > SHOWN_LINES else "")
        column = f", column {found[0].column}" if found[0].column else ""
        yield f"{code}  {file}{column}: {len(found)} rows, {places} {lines}"
        yield from _told(found[0])
    for table, repairs in report.repairs.items():
        for made in repairs:
            place = f"{table}.{made.column}" if made.column else table
            yield f"Repaired: {made.repair} in {place}, {made.rows} {'cells' if made.column else 'files'}."
    yield f"{sum(report.rows.values())} rows in {len(report.rows)} tables: {_verdict(report)}"


def _told(why: Reason | RowFinding) -> Iterator[str]:
    yield f"    {why.says_zh}。{why.do_zh}"
    yield f"    {why.says} {why.do}"


def _place(finding: RowFinding) -> tuple[str, str, int]:
    return finding.code, finding.file, finding.line


def _verdict(report: Report) -> str:
    if report.reasons:
        return "the delivery would be refused. 该批次将被拒收。"
    if report.findings:
        return f"{len({(each.table, each.row) for each in report.findings})} rows would be set aside. 部分行将被隔离。"
    return "nothing to object to. 未发现问题。"
