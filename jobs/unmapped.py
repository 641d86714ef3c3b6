"""Codes that no list and no crosswalk knows: counted over landed rows, so that somebody can map them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from jobs.crosswalk import crosswalk_table
from jobs.duck import connect
from jobs.ledger.records import UNMAPPED
from jobs.stage import Landed
from warehouse_models.registry import conformed_of

SHAPED = "^[0-9A-Za-z.+*_-]{1,20}$"
MASKED = "(not shaped like a code)"  # A code's column may hold anything, a patient's name too.


def unmapped_codes(landed: Mapping[str, Sequence[Landed]]) -> pa.Table:
    """Per dialect, list, written form, point, table and column: rows that bear it. Reads only deliveries that have some."""
    with connect() as connection:
        connection.register("crosswalk", crosswalk_table())
        found = [_of_table(connection, table, deliveries) for table, deliveries in sorted(landed.items()) if deliveries]
    return pa.concat_tables([UNMAPPED.empty_table(), *found])


def _of_table(connection: duckdb.DuckDBPyConnection, table: str, deliveries: Sequence[Landed]) -> pa.Table:
    """The unknown codes of one table. Names are the contract's; files go in as a parameter."""
    columns = [(column.name, column.codes) for column in conformed_of(table).source.columns if column.codes]
    selects = [
        f"select dialect, '{listed}' as list, {name} as written, point_id, '{table}' as \"table\", '{name}' as \"column\" from landed"
        f" where {name} is not null"
        for name, listed in columns
    ]
    sql = f"""
        with landed as (select * from read_parquet(?)),
        written as ({" union all ".join(selects)})
        select w.dialect, w.list, case when regexp_matches(w.written, '{SHAPED}') then w.written else '{MASKED}' end as written,
               w.point_id, w."table", w."column", count(*)::bigint as rows
        from written w anti join crosswalk c on c.dialect = w.dialect and c.list = w.list and c.written = w.written
        group by all order by all
    """
    return (
        connection.execute(sql, [[str(each.folder / f"{table}.parquet") for each in deliveries]])
        .to_arrow_table()
        .cast(UNMAPPED)
    )
