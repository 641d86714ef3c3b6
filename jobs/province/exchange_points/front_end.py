"""The deliveries of an outbox as rows of a front-end database, in batches, all columns text.

What is wrong with bytes cannot be in a database: broken encodings, damaged files, wrong digests, counts and sums, rows with
a cell too many, NUL characters, headers that are none. Such deliveries are left out, and named. So is a full that states
only some of the tables: a batch of that kind states all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from expectations.landing import NUL_CHARACTER, WRONG_NUMBER_OF_CELLS
from jobs.landing.columns import place
from jobs.landing.decode import characters, unpacked
from jobs.landing.delivery import judged
from jobs.landing.manifest import Manifest
from jobs.landing.pull import Offer, offers
from jobs.landing.rows import blocks, split_header
from jobs.landing.table import Tally, landed_blocks, plan
from jobs.landing.worker import differences
from jobs.transports.connections import Connection
from jobs.transports.database.deliveries import BATCH, OF_BATCH, ROW_NUMBER
from warehouse_models import dialect, registry
from warehouse_models.contract import ExchangeTable
from warehouse_models.dialect import Dialect

BATCHES = "batches"
TYPES = ("integer", "date", "text", "date", "date", "timestamp", "timestamp")
WRONG = WRONG_NUMBER_OF_CELLS.mask | NUL_CHARACTER.mask
KEY = hashlib.sha256(b"nobody keeps these tokens").digest()


@dataclass(frozen=True)
class FrontEnd:
    """The tables of one point in a schema of their own: `batches`, and those of the dialect."""

    connection: Connection
    namespace: str
    dialect: Dialect

    def open(self) -> psycopg.Connection[Any]:
        """A connection whose names are those of the schema."""
        where = self.connection
        return psycopg.connect(
            host=where.host,
            port=where.port,
            user=where.login,
            password=where.password,
            dbname=where.schema,
            options=f"-c search_path={self.namespace}",
        )

    def create(self) -> None:
        """Make the schema and its tables, empty."""
        stamps = ", ".join(f"{name} {kind}" for name, kind in zip(BATCH, TYPES, strict=True))
        with self.open() as session:
            session.execute(sql.SQL("create schema {}").format(sql.Identifier(self.namespace)))
            session.execute(sql.SQL(f"create table {BATCHES} ({stamps})"))
            for table in registry.exchange().values():
                session.execute(self._table(table))

    def load(self, outbox: Path) -> list[str]:
        """Put the deliveries of an outbox into the tables; the names of those that were left out."""
        left_out, loaded = [], dict[int, str]()
        for offer in sorted(offers(outbox.name, outbox), key=lambda each: each.order):
            said = offer.manifest
            is_again = said is not None and loaded.get(said.sequence) == said.content_sha256()
            if said is None or not (is_again or (said.sequence not in loaded and self._is_sound(offer, said))):
                left_out.append(offer.name)
                continue
            self._insert(offer, said, is_again)
            loaded[said.sequence] = said.content_sha256()
        return left_out

    def _table(self, table: ExchangeTable) -> sql.Composed:
        """The statement that makes a table: the dialect's headers, and the columns that say which batch a row is of."""
        names = [*self.headers(table, is_deletion=True), *self.headers(table, is_deletion=False)]
        cells = [sql.SQL("{} text").format(sql.Identifier(name)) for name in dict.fromkeys(names)]
        return sql.SQL("create table {} ({} integer, {} integer, {})").format(
            sql.Identifier(self.dialect.file(table)),
            sql.Identifier(OF_BATCH),
            sql.Identifier(ROW_NUMBER),
            sql.SQL(", ").join(cells),
        )

    def headers(self, table: ExchangeTable, is_deletion: bool) -> tuple[str, ...]:
        """The dialect's headers of a table, or of a deletion from it."""
        columns = table.deletion_columns if is_deletion else table.columns
        return tuple(self.dialect.headers(table, columns).values())

    def _is_sound(self, offer: Offer, said: Manifest) -> bool:
        """Whether nothing is wrong with a delivery that a database cannot hold."""
        if list(judged(offer, self.dialect.id)) or (
            said.kind == "full" and set(said.tables) != set(registry.exchange())
        ):
            return False
        return all(self._is_table_sound(offer, said, table) for table in said.tables)

    def _is_table_sound(self, offer: Offer, said: Manifest, table: str) -> bool:
        how, tally = plan(registry.exchange()[table], self.dialect, "", said, KEY), Tally()
        files = [(entry, offer.files.read(entry.name)) for entry in said.files_of(table)]
        if any(list(differences(entry, content)) for entry, content in files):
            return False
        masks = [block["faults"].to_numpy() & WRONG for block in landed_blocks(how, iter(files), tally)]
        return not tally.reasons and not any(mask.any() for mask in masks)

    def _insert(self, offer: Offer, said: Manifest, is_again: bool) -> None:
        """Put a delivery into the tables; of one that is offered again the rows are there."""
        period = (said.period.begin, said.period.end) if said.period else (None, None)
        batch = (said.sequence, said.business_date, said.kind, *period, said.extracted_at, said.offered_at)
        with self.open() as session:
            marks = ", ".join(["%s"] * len(BATCH))
            session.execute(f"insert into {BATCHES} ({', '.join(BATCH)}) values ({marks})", batch)
            for table in () if is_again else said.tables:
                self._copy(session, registry.exchange()[table], offer, said)

    def _copy(self, session: psycopg.Connection[Any], table: ExchangeTable, offer: Offer, said: Manifest) -> None:
        """Put the rows of a table into the database, in the order of the files."""
        headers = self.headers(table, said.kind == "deletion")
        columns = sql.SQL(", ").join(map(sql.Identifier, (OF_BATCH, ROW_NUMBER, *headers)))
        statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(self.dialect.file(table)), columns)
        with session.cursor() as cursor, cursor.copy(statement) as copy:
            for number, cells in enumerate(self._rows(table, offer, said), 1):
                copy.write_row((said.sequence, number, *(cells[name] for name in headers)))

    def _rows(self, table: ExchangeTable, offer: Offer, said: Manifest) -> Iterator[Mapping[str, str | None]]:
        """The rows of a table under the dialect's headers, as they were written."""
        wanted = {name: name for name in self.headers(table, said.kind == "deletion")}
        for entry in said.files_of(table.name):
            content = unpacked(offer.files.read(entry.name), self.dialect.compression)
            text = (each.encode() for each in characters(content, self.dialect.encoding))
            header, rest = split_header(text, self.dialect.delimiter)
            names = place(header.cells, wanted, entry.name).names
            for block in blocks(rest, names, self.dialect.delimiter):
                columns = [block.cells[name].to_pylist() for name in names]
                yield from (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def front_end(connection: Connection, namespace: str, vendor: str) -> FrontEnd:
    """The tables of a point of that vendor, made in a schema of a database."""
    made = FrontEnd(connection, namespace, dialect.load(vendor))
    made.create()
    return made
