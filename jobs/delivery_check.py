"""Check a delivery before it is offered: the same landing and row checks as a night's, without Spark and without trace.

Tokens are made with a key that is thrown away; nothing is written. What depends on other deliveries is not checked:
whether the sequence is new, and whether the rows that these refer to have come.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot

from expectations.landing import WRONG_NUMBER_OF_CELLS
from expectations.reasons import reasons_of
from jobs.crosswalk import crosswalk_table, lookup_table
from jobs.duck import connect
from jobs.landing.decode import characters, unpacked
from jobs.landing.delivery import judged
from jobs.landing.elements import Elements
from jobs.landing.explode import rows_of_elements
from jobs.landing.manifest import LARGEST, MANIFEST, FileEntry, Manifest
from jobs.landing.pull import FolderFiles, Offer, TooLarge, offer
from jobs.landing.record import Repair
from jobs.landing.refusals import Reason, reason, shown
from jobs.landing.rows import BLOCK
from jobs.landing.table import Plan, Tally, landed_blocks, plan
from jobs.landing.worker import differences, repairs_of
from jobs.projection import projection_sql
from lakehouse.errors import LakehouseError
from warehouse_models import dialect, registry
from warehouse_models.contract import ExchangeTable, Type

# What is a number, time or date to Spark. DuckDB reads more, such as 1_000 and 0x1A: such cells are marked before.
SHAPES = {
    Type.INTEGER: r"^[+-]?[0-9]+$",
    Type.QUANTITY: r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$",
    Type.TIME: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}$",
    Type.DATE: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}
SHAPELESS = "?"


@dataclass(frozen=True)
class RowFinding:
    """One thing wrong with one row, which would be quarantined. line: where the row begins in its file, from 1, the
    header included; in JSON the number of the element that it is in. row: its number among the rows of its table, from 1.
    column: empty when it is the row as a whole. The cell's content is never shown."""

    file: str
    line: int
    row: int
    table: str
    column: str
    code: str
    says: str
    says_zh: str
    do: str
    do_zh: str


@dataclass
class Report:
    """What a night would say of a delivery.

    reasons: why it would be refused as a whole.   rows: rows of each table.   findings: rows that would be set aside.
    repairs: what would be mended and counted, by table.
    """

    reasons: list[Reason] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    findings: list[RowFinding] = field(default_factory=list)
    repairs: dict[str, list[Repair]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether a night would take the delivery with every row."""
        return not self.reasons and not self.findings


def check_delivery(folder: Path, vendor: str) -> Report:
    """Check the delivery in a folder, written in a dialect.

    Raises LakehouseError CHECK-001 when there is no folder, and DIALECT-001 when there is no such dialect.
    """
    dialect.load(vendor)
    report = Report()
    try:
        offered = _offered(folder)
        report.reasons += judged(offered, vendor)
    except OSError as error:
        what = f"The delivery cannot be read: {error.strerror}."
        raise LakehouseError("CHECK-001", what, where=str(folder), do="Name the folder of a delivery.") from None
    if offered.manifest is not None:
        for name in offered.manifest.tables:
            if name in registry.exchange():
                _check_table(offered, offered.manifest, registry.exchange()[name], vendor, report)
    report.reasons = list(dict.fromkeys(report.reasons))
    return report


def _offered(folder: Path) -> Offer:
    """The delivery in the folder, as its own point would offer it."""
    files = FolderFiles(folder)
    files.names()
    try:
        content = files.beginning(MANIFEST, LARGEST + 1)
    except FileNotFoundError:
        content = b""
    first = offer("", folder.resolve().name, files, content)
    return offer(first.manifest.point, first.name, files, content) if first.manifest else first


def _check_table(offered: Offer, manifest: Manifest, table: ExchangeTable, vendor: str, report: Report) -> None:
    """Land a table in memory and judge its rows."""
    how = plan(table, dialect.load(vendor), "", manifest, secrets.token_bytes(32))
    tally = Tally()
    read: list[tuple[FileEntry, bytes, int]] = []

    def files() -> Iterator[tuple[FileEntry, bytes]]:
        for entry, content in _readable(offered, manifest.files_of(table.name), report):
            read.append((entry, content, tally.rows))
            yield entry, content

    landed = pa.Table.from_batches(landed_blocks(how, files(), tally), how.schema)
    report.reasons += tally.reasons
    report.rows[table.name] = tally.rows
    report.repairs[table.name] = repairs_of(tally)
    bad = _judge(table, landed, manifest.kind == "deletion")
    report.findings += _findings(table, bad, manifest.kind == "deletion", _Lines(read, how))


def _readable(offered: Offer, entries: Sequence[FileEntry], report: Report) -> Iterator[tuple[FileEntry, bytes]]:
    """The files that can be read, also those that are not what the manifest says: their rows may be sound."""
    for entry in entries:
        try:
            content = offered.files.read(entry.name)
        except FileNotFoundError:
            continue  # The manifest was compared with the folder before.
        except TooLarge:
            report.reasons.append(reason("MAN-LARGE", shown(entry.name)))
            continue
        report.reasons += differences(entry, content)
        yield entry, content


def _judge(table: ExchangeTable, landed: pa.Table, is_deletion: bool) -> list[tuple[int, int]]:
    """Row number and mask of each row that would be set aside: staging's own SQL, put into DuckDB's words."""
    words = _words(table.name, is_deletion)
    with connect() as connection:
        connection.register("landed", _shaped(table, landed))
        connection.register("crosswalk", crosswalk_table())
        connection.register("lookup", lookup_table())
        return connection.execute(f"select row_number, bad from ({words}) where bad <> 0 order by 1").fetchall()


@cache
def _words(table: str, is_deletion: bool) -> str:
    """Staging's projection of a table in DuckDB's dialect of SQL."""
    sql = projection_sql(registry.conformed_of(table), is_deletion)
    return sqlglot.transpile(sql, read="spark", write="duckdb")[0]


def _shaped(table: ExchangeTable, landed: pa.Table) -> pa.Table:
    """Landed rows in which DuckDB takes for numbers and times only what Spark does."""
    for column in (*table.columns, *table.deletion_columns):
        if column.type in SHAPES and column.name in landed.column_names:
            cells = landed[column.name]
            is_shaped = pc.match_substring_regex(cells, SHAPES[column.type])
            place = landed.column_names.index(column.name)
            landed = landed.set_column(place, column.name, pc.if_else(is_shaped, cells, SHAPELESS))
    return landed


def _findings(
    table: ExchangeTable, bad: list[tuple[int, int]], is_deletion: bool, lines: _Lines
) -> Iterator[RowFinding]:
    """What is wrong with each bad row, in the order of the files."""
    for row, mask in bad:
        file, line = lines.of(row)
        if mask & WRONG_NUMBER_OF_CELLS.mask:  # All its cells are empty then, which nobody needs to be told.
            mask = WRONG_NUMBER_OF_CELLS.mask
        for why in reasons_of(table, mask, is_deletion):
            said = (why.says, why.says_zh, why.do, why.do_zh)
            yield RowFinding(file, line, row, table.name, why.column, why.code, *said)


class _Lines:
    """Where rows begin. Cells may hold line breaks, so that a file with a bad row is read once more, by lines."""

    def __init__(self, read: list[tuple[FileEntry, bytes, int]], how: Plan) -> None:
        self._read = read
        self._dialect = how.dialect
        self._nested = how.dialect.nested(how.table)
        self._begins: dict[str, list[int]] = {}

    def of(self, row: int) -> tuple[str, int]:
        """File and line of a row, which is numbered from 1 over all files of its table."""
        entry, content, before = next(each for each in reversed(self._read) if each[2] < row)
        if entry.name not in self._begins:
            self._begins[entry.name] = list(self._rows(content))
        return entry.name, self._begins[entry.name][row - before - 1]

    def _rows(self, content: bytes) -> Iterator[int]:
        """The line on which each row begins, but for the header; in JSON the number of the element that it is in."""
        text = characters(unpacked(content, self._dialect.compression), self._dialect.encoding)
        if self._dialect.format == "json":
            yield from rows_of_elements(Elements(text), self._nested)
            return
        csv.field_size_limit(BLOCK)
        reader = csv.reader(io.StringIO("".join(text), newline=""), delimiter=self._dialect.delimiter)
        next(reader)
        ended = reader.line_num
        for cells in reader:
            if cells:
                yield ended + 1
            ended = reader.line_num
