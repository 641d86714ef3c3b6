"""The served tables: marts at their pinned versions, with names beside codes and institutions among their peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from jobs import overview
from jobs.duck import KINDS
from jobs.lake import mart_path, table_path
from jobs.publication import Publication
from lakehouse.errors import LakehouseError
from lakehouse.files import sync
from lakehouse.settings import Settings
from warehouse_models.contract import Column
from warehouse_models.mart import MartTable, Metric
from warehouse_models.public import OVERVIEW
from warehouse_models.registry import conformed
from warehouse_models.served import (
    INSTITUTION,
    LANGUAGES,
    MONTH_ON,
    PEERS_AT_LEAST,
    POINT,
    PUBLICATION,
    REGION,
    STANDING,
    Served,
    english,
    has_place,
    names_of,
    served_columns,
    spoken,
)

REGISTER, SCORECARD = "resources.institution", "quality.delivery_scorecard"
# Where institutions are, once for each, and the institution that each point speaks for: of several the first by code.
# A register that several points file counts as its latest version says.
PLACES = f"""
    create temp table points as
    select {POINT}, min({INSTITUTION}) as {INSTITUTION} from register where not is_deleted group by {POINT};
    create temp table places as
    select {INSTITUTION}, institution_name, class_code, {REGION}, substr({REGION}, 1, 4) || '00' as city_code
    from register where not is_deleted
    qualify row_number() over (partition by {INSTITUTION} order by updated_at desc, {POINT}) = 1;
"""


def write_file(
    path: Path,
    settings: Settings,
    publication: Publication,
    tables: Sequence[MartTable],
    stands: Mapping[MartTable, pa.Table],
    content: str,
) -> None:
    """Write all rows of the marts, and what stands beside them. Raises SERVING-001 when a pinned version can no longer be read."""
    with duckdb.connect(str(path)) as connection:
        _register(connection, settings, publication)
        for table in tables:
            _copy(connection, table, _rows(mart_path(settings, table), table.name, publication))
        for table, rows in stands.items():
            _copy(connection, table, rows)
        _compare(connection, tables)
        if overview.can_be_made(table.name for table in tables):
            _copy(connection, OVERVIEW, connection.execute(overview.SQL).to_arrow_table())
        _describe_publication(connection, publication, content)
    sync(path)


def described(table: MartTable) -> list[str]:
    """All that a served table says besides its rows: what people read beside it, names of codes, figures."""
    names = [f"{each.name}: {names_of(each.column)}" for each in served_columns(table) if each.language is None]
    return [*comments(table), *names, *(repr(metric) for metric in table.metrics)]


def comments(table: MartTable) -> list[str]:
    """What people read beside the table and its columns, Chinese first."""
    about = f"{table.title_zh} / {table.title}: {table.grain}"
    columns = [served.column for served in served_columns(table)]
    return [
        f"comment on table {table.name} is {_quoted(about)}",
        *(f"comment on column {table.name}.{column.name} is {_quoted(_meaning(column))}" for column in columns),
    ]


def _register(connection: duckdb.DuckDBPyConnection, settings: Settings, publication: Publication) -> None:
    """Make the tables of places and points from the published register of institutions; empty ones without it."""
    table = conformed()[REGISTER]
    if REGISTER in publication.tables:
        rows = _rows(table_path(settings, table), REGISTER, publication)
    else:
        fields = [
            (column.name, pa.bool_() if column.sql == "boolean" else pa.string()) for column in table.stored_columns
        ]
        rows = pa.schema(fields).empty_table()
    connection.register("register", rows)
    connection.execute(PLACES)


def _rows(path: Path, name: str, publication: Publication) -> Any:
    """The rows of a table at its published version."""
    version = int(publication.tables[name]["version"])
    try:
        return DeltaTable(str(path), version=version).to_pyarrow_dataset()
    except DeltaError:
        raise LakehouseError(
            "SERVING-001",
            "A published version of a table can no longer be read.",
            where=f"{name}, version {version}",
            do="Show a newer publication: `lakehouse publication forward`.",
        ) from None


def _copy(connection: duckdb.DuckDBPyConnection, table: MartTable, rows: Any) -> None:
    """Write one mart: the served columns in their order, rows in the order of the key."""
    connection.execute(f"create schema if not exists {schema_of(table)}")
    connection.register("rows_of_mart", rows)
    columns, joins = _selection(connection, table)
    key = ", ".join(f"rows_of_mart.{name}" for name in table.key)
    connection.execute(f"create table {table.name} as select {columns} from rows_of_mart {joins} order by {key}")
    connection.unregister("rows_of_mart")
    _present(connection, table)


def _present(connection: duckdb.DuckDBPyConnection, table: MartTable) -> None:
    """Describe a table that has been written, and give it the name that English readers know."""
    for statement in comments(table):
        connection.execute(statement)
    connection.execute(f"create view {english(table)} as select * from {table.name}")


def _selection(connection: duckdb.DuckDBPyConnection, table: MartTable) -> tuple[str, str]:
    """The expressions of the served columns, and the joins that they need."""
    own = {column.name for column in table.columns}
    columns, joins = [], []
    if has_place(table):
        of_point = "" if INSTITUTION in own else f"left join points using ({POINT})"
        institution = f"{'rows_of_mart' if INSTITUTION in own else 'points'}.{INSTITUTION}"
        joins.append(f"{of_point} left join places on places.{INSTITUTION} = {institution}")
    for served in served_columns(table):
        if served.name == MONTH_ON.name:
            columns.append(f"cast(rows_of_mart.month || '-01' as date) as {served.name}")
        elif served.of is None:
            home = "rows_of_mart" if served.name in own else "points" if served.name == INSTITUTION else "places"
            columns.append(f"{home}.{served.name}")
        else:
            names = f"names_of_{served.of}"
            if served.language == LANGUAGES[0]:
                joins.append(
                    _names(connection, table, served, f"{'rows_of_mart' if served.of in own else 'places'}.{served.of}")
                )
            columns.append(f"{names}.{served.language} as {served.name}")
    return ", ".join(columns), " ".join(joins)


def _names(connection: duckdb.DuckDBPyConnection, table: MartTable, served: Served, code: str) -> str:
    """Make the names of a code's column joinable; the join."""
    (column,) = (each.column for each in served_columns(table) if each.name == served.of)
    names = names_of(column) or {}
    listed = {
        "code": list(names),
        **{language: [each[place] for each in names.values()] for place, language in enumerate(LANGUAGES)},
    }
    connection.register(f"names_of_{served.of}", pa.table(listed))
    return f"left join names_of_{served.of} on names_of_{served.of}.code = {code}"


def _compare(connection: duckdb.DuckDBPyConnection, tables: Sequence[MartTable]) -> None:
    """Write where each institution stands among those of its class, figure by figure, without telling which they are."""
    compared = [table for table in tables if INSTITUTION in table.key]
    values = [_values(table, metric) for table in compared for metric in table.metrics if metric.is_comparable]
    if not values:
        return
    quartiles = ", ".join(
        f"case when count(o.value) >= {PEERS_AT_LEAST} then quantile_cont(o.value, {part}) end as {name}"
        for name, part in (("peer_lower", 0.25), ("peer_median", 0.5), ("peer_upper", 0.75))
    )
    connection.execute(f"""
        create temp table valued as select v.*, class_code from ({" union all ".join(values)}) v
        join places using ({INSTITUTION}) where value is not null
    """)
    rows = connection.execute(f"""
        select v.month, v.{INSTITUTION}, v.metric_name, any_value(v.metric_zh) as metric_zh, any_value(v.metric_en) as metric_en,
            any_value(v.value) as value, cast(count(o.value) as int) as peers, {quartiles}
        from valued v left join valued o on o.month = v.month and o.metric_name = v.metric_name
            and o.class_code = v.class_code and o.{INSTITUTION} <> v.{INSTITUTION}
        group by v.month, v.{INSTITUTION}, v.metric_name
    """).to_arrow_table()
    _copy(connection, STANDING, rows)


def _values(table: MartTable, metric: Metric) -> str:
    """A figure of each institution and month."""
    texts = ", ".join(
        f"{_quoted(text)} as metric_{name}"
        for name, text in (("name", metric.name), ("zh", metric.says_zh), ("en", spoken(metric.name)))
    )
    return (
        f"select month, {INSTITUTION}, {texts}, {metric.sql} as value from {table.name} group by month, {INSTITUTION}"
    )


def _describe_publication(connection: duckdb.DuckDBPyConnection, publication: Publication, content: str) -> None:
    """Say in the file what it was written from; no clock is in it, so that the same publication is the same file."""
    connection.execute("create schema meta")
    points = "select count(distinct point_id)::int, (count(distinct point_id) filter (business_date = ?))::int"
    served = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    counted = (
        f"{points} from {SCORECARD}" if SCORECARD.partition(".")[2] in served else "select 0, 0 where ? is not null"
    )
    delivered = connection.execute(counted, [publication.night]).fetchone() or (0, 0)
    (institutions,) = connection.execute("select count(*)::int from places").fetchone() or (0,)
    kinds = ", ".join(f"{column.name} {KINDS[column.type]}" for column in PUBLICATION.columns)
    connection.execute(f"create table {PUBLICATION.name} ({kinds})")
    row = [publication.number, publication.night, content, institutions, *delivered]
    connection.execute(f"insert into {PUBLICATION.name} values ({', '.join('?' * len(row))})", row)
    _present(connection, PUBLICATION)


def schema_of(table: MartTable) -> str:
    """The schema of a served table."""
    return table.name.partition(".")[0]


def _meaning(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.says_zh} / {column.says}{unit}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
