"""The files of one table of a delivery, from bytes to landed rows: text under the standard's names, and tokens.

A landed block has what its delivery is, the contract's columns, then `row_number` (from 1 over all files of the table,
in the manifest's order), `faults` (bits of `expectations.landing`) and, where the table has an amount, `fen`
(null: not money).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations import landing
from jobs.landing import explode, faults
from jobs.landing.canonical import BYTE_ORDER_MARK, COLUMN_ORDER, Repairs, canonical
from jobs.landing.columns import place
from jobs.landing.decode import characters, unpacked
from jobs.landing.elements import Elements
from jobs.landing.explode import Shape
from jobs.landing.manifest import FileEntry, Kind, Manifest
from jobs.landing.money import fen_of_yuan
from jobs.landing.refusals import Reason, Refused, reason, shown
from jobs.landing.rows import Block, blocks, split_header
from jobs.landing.text import translated
from jobs.landing.tokens import certificates, normal, tokens
from warehouse_models import registry
from warehouse_models.codes import load, misspellings
from warehouse_models.contract import Column, ExchangeTable, Identifier
from warehouse_models.dialect import Dialect

# Rows beyond what is stated. A small compressed file can unfold to more than a disk holds.
TOO_MANY = 1_000_000


@dataclass(frozen=True)
class Stamp:
    """What every landed row says of its delivery: id, point, business date, sequence, kind, dialect."""

    delivery: str
    point_id: str
    business_date: date
    sequence: int
    kind: Kind
    dialect: str


STAMP = pa.schema(
    [
        *((name, pa.string()) for name in ("delivery", "point_id")),
        ("business_date", pa.date32()),
        ("sequence", pa.int32()),
        *((name, pa.string()) for name in ("kind", "dialect")),
    ]
)


@dataclass(frozen=True)
class Plan:
    """How the files of a table are read: contract, dialect, columns to find, key of the tokens, what rows are stamped.

    beside: name of a file -> the tables that come from it, this one among them.
    types, sexes: what the dialect writes for the codes that landing looks at itself -> the standard's code.
    """

    table: ExchangeTable
    dialect: Dialect
    columns: tuple[Column, ...]
    key: bytes = field(repr=False)
    stamp: Stamp
    beside: Mapping[str, Sequence[ExchangeTable]]
    types: Mapping[str, str]
    sexes: Mapping[str, str]

    @cached_property
    def schema(self) -> Any:
        """The landed columns with their types."""
        fields = [(each.landed_name, pa.binary() if each.identifier else pa.string()) for each in self.columns]
        numbers = ["row_number", "faults", *(["fen"] if self.table.amount else [])]
        return pa.schema([*STAMP, *fields, *((name, pa.int64()) for name in numbers)])

    def shape(self, file: str) -> Shape:
        """Where the table's rows and cells are in a JSON file."""
        beside: set[str] = set()
        for table in self.beside[file]:
            paths = self.dialect.headers(table, delivered_columns(table, self.stamp.kind))
            other = Shape(self.dialect.nested(table), paths)
            beside.update((*other.of_element, other.nested) if other.nested else other.of_row)
        headers = self.dialect.headers(self.table, self.columns)
        return Shape(self.dialect.nested(self.table), headers, frozenset(beside))


def plan(table: ExchangeTable, dialect: Dialect, delivery: str, manifest: Manifest, key: bytes) -> Plan:
    """How to read the files of a table in a delivery, which is known behind landing under an id."""
    stamp = Stamp(delivery, manifest.point, manifest.business_date, manifest.sequence, manifest.kind, dialect.id)
    known = registry.exchange()
    beside = {
        entry.name: [known[each] for each in manifest.tables_of(entry.name) if each in known]
        for entry in manifest.files_of(table.name)
    }
    types, sexes = (_codes(dialect, name) for name in ("certificate_type", "sex"))
    return Plan(table, dialect, delivered_columns(table, stamp.kind), key, stamp, beside, types, sexes)


def delivered_columns(table: ExchangeTable, kind: Kind) -> tuple[Column, ...]:
    """The columns that a delivery of a kind has of a table."""
    return table.deletion_columns if kind == "deletion" else table.columns


def _codes(dialect: Dialect, list_name: str) -> Mapping[str, str]:
    """What a dialect writes for the codes of a list, rightly or not -> the standard's code, as staging reads it."""
    own = {crossing.written: crossing.code for crossing in dialect.crosswalk(list_name)}
    listed = own or {code.code: code.code for code in load(list_name).rows}
    return {**_slips(list_name), **listed}


@cache
def _slips(list_name: str) -> Mapping[str, str]:
    return {slip.written: slip.meant for slip in misspellings() if slip.list == list_name}


@dataclass
class Tally:
    """What was read of a table's files so far: rows, fen, cells that are not money, repairs, reasons to refuse."""

    rows: int = 0
    fen: int = 0
    unpriced: int = 0
    repairs: Repairs = field(default_factory=Counter)
    reasons: list[Reason] = field(default_factory=list)


def landed_blocks(plan: Plan, files: Iterator[tuple[FileEntry, bytes]], tally: Tally) -> Iterator[Any]:
    """The landed rows of a table's files, block by block. What is wrong with a file ends it and goes to the tally."""
    for entry, content in files:
        rows, fen = tally.rows, tally.fen
        try:
            yield from _file_blocks(plan, entry, content, tally)
        except Refused as refused:
            tally.reasons.extend(_at(why, entry) for why in refused.reasons)
            continue
        read_here = (("MAN-COUNT", entry.rows, tally.rows - rows), ("MAN-SUM", entry.fen, tally.fen - fen))
        for code, stated, read in read_here:
            if stated != read:
                tally.reasons.append(reason(code, f"{shown(entry.name)}: {stated} stated, {read} read"))


def _at(why: Reason, entry: FileEntry) -> Reason:
    """A reason with the name of its file, where it has none yet."""
    name = shown(entry.name)
    return why if why.where.startswith(name) else reason(why.code, f"{name}, {why.where}" if why.where else name)


def _file_blocks(plan: Plan, entry: FileEntry, content: bytes, tally: Tally) -> Iterator[Any]:
    """The landed rows of one file; the tally knows how many came before."""
    text = characters(unpacked(content, plan.dialect.compression), plan.dialect.encoding)
    read = _rows_of_json if plan.dialect.format == "json" else _rows_of_csv
    enough = tally.rows + 2 * entry.rows + TOO_MANY
    for block in read(plan, entry, text, tally):
        yield _landed(plan, block, tally)
        if tally.rows > enough:
            raise Refused(reason("MAN-COUNT", f"{entry.rows} stated, reading ended after more than twice as many"))


def _rows_of_csv(plan: Plan, entry: FileEntry, text: Iterator[str], tally: Tally) -> Iterator[Block]:
    header, rest = split_header((each.encode() for each in text), plan.dialect.delimiter)
    placement = place(header.cells, plan.dialect.headers(plan.table, plan.columns), shown(entry.name))
    if placement.reasons:
        raise Refused(*placement.reasons)
    tally.repairs.update({("", BYTE_ORDER_MARK): header.has_bom, ("", COLUMN_ORDER): placement.is_reordered})
    yield from blocks(rest, placement.names, plan.dialect.delimiter)


def _rows_of_json(plan: Plan, entry: FileEntry, text: Iterator[str], tally: Tally) -> Iterator[Block]:
    elements = Elements(text)
    tally.repairs.update({("", BYTE_ORDER_MARK): elements.has_bom})
    yield from explode.blocks(elements, plan.shape(entry.name), shown(entry.name))
    if elements.count != entry.elements:
        where = f"{shown(entry.name)}: {entry.elements} elements stated, {elements.count} read"
        tally.reasons.append(reason("MAN-COUNT", where))


def _landed(plan: Plan, block: Block, tally: Tally) -> Any:
    """One block as it lands, added to the tally."""
    rows = len(block.is_ragged)
    bits = faults.mask(block.is_ragged, landing.WRONG_NUMBER_OF_CELLS)
    bits |= faults.mask(faults.with_nul(block.cells, rows), landing.NUL_CHARACTER)
    cells = {}
    for column in plan.columns:
        cells[column.name], repairs = canonical(column, block.cells[column.name], plan.dialect)
        tally.repairs.update(repairs)
    landed, residents = _tokenised(plan, cells)
    sexes = translated(cells["sex_code"], plan.sexes) if "sex_code" in cells else None
    bits |= faults.of_certificates(residents, cells, sexes, rows)
    numbers = [pa.array(np.arange(tally.rows + 1, tally.rows + rows + 1)), pa.array(bits)]
    if plan.table.amount:
        numbers.append(_fen(plan, cells, rows, tally))
    tally.rows += rows
    stamps = [pa.repeat(pa.scalar(getattr(plan.stamp, each.name), each.type), rows) for each in STAMP]
    return pa.record_batch([*stamps, *landed, *numbers], schema=plan.schema)


def _tokenised(plan: Plan, cells: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The landed columns in the contract's order, and the resident identity numbers that only landing sees."""
    landed, residents = [], {}
    for column in plan.columns:
        texts_of = cells[column.name]
        if column.identifier is Identifier.CERTIFICATE:
            types = translated(cells[column.certificate_type or ""], plan.types)
            known = certificates(texts_of, types)
            texts_of, residents[column.name] = known.texts, known.residents
        elif column.identifier:
            texts_of = normal(column.identifier, texts_of)
        landed.append(tokens(plan.key, column.identifier, texts_of) if column.identifier else texts_of)
    return landed, residents


def _fen(plan: Plan, cells: Mapping[str, Any], rows: int, tally: Tally) -> Any:
    """The amounts in fen, added to the tally. A deletion has none: it moves no money and lacks none."""
    amounts = cells.get(plan.table.amount or "")
    if amounts is None:
        return pa.array(np.zeros(rows, dtype=np.int64))
    fen = fen_of_yuan(amounts)
    tally.fen += pc.sum(fen).as_py() or 0
    tally.unpriced += fen.null_count
    return fen
