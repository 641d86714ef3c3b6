"""The same transforms hand-written in DuckDB: from landed files to the tables of the four databases and the marts.

`python -m tests.benchmarks.twin LANDING CROSSWALK OUT THREADS`. One typed and judged SELECT a table stands in `duckdb/`;
here it is written to Parquet, partitioned by the fate of its rows and by month. Takes one batch of first deliveries,
increments and fulls; what corrections and deletions do needs earlier tables, and is not weighed against DuckDB.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

SQL = Path(__file__).parent / "duckdb"


@dataclass(frozen=True)
class Twin:
    """One table. key: SQL over landed cells.   parents: the table that must know the columns of a row.
    month: whether it is partitioned by month."""

    key: tuple[str, ...]
    parents: dict[str, str] = field(default_factory=dict)
    month: bool = True


TABLES = {  # Parents before their children.
    "institution": Twin(("institution_code",), month=False),
    "practitioner": Twin(("practitioner_id",), month=False),
    "drug_catalogue": Twin(("drug_code",), month=False),
    "person": Twin(("patient_id",), month=False),
    "practitioner_registration": Twin(
        ("practitioner_id", "institution_code"), {"practitioner": "practitioner_id"}, month=False
    ),
    "encounter": Twin(
        ("encounter_id",),
        {"person": "patient_id", "institution": "institution_code", "practitioner": "practitioner_id"},
    ),
    "encounter_diagnosis": Twin(("encounter_id", "as_count(diagnosis_number)"), {"encounter": "encounter_id"}),
    "prescription": Twin(("prescription_id",), {"encounter": "encounter_id", "practitioner": "practitioner_id"}),
    "prescription_item": Twin(
        ("prescription_id", "as_count(item_number)"), {"prescription": "prescription_id", "drug_catalogue": "drug_code"}
    ),
    "charge_item": Twin(("charge_id",), {"encounter": "encounter_id"}),
}
MARTS = {
    "income_composition": ("charge_item",),
    "prescription_profile": ("prescription", "prescription_item"),
    "delivery_scorecard": (),
}
PARENTS = {parent: column for table in TABLES.values() for parent, column in table.parents.items()}
ASIDE = ("delivery", "row_number", "fen", "reasons")  # Columns of rows that did not get in.
META = (*ASIDE[:3], "business_date", "kind", "faults", "event_on")


def run(landing: Path, crosswalk: Path, out: Path, threads: int) -> None:
    """Write every table and mart below `out`, as `<table>/fate=…/month=…/*.parquet`."""
    with duckdb.connect(config={"threads": threads, "preserve_insertion_order": False}) as connection:
        connection.execute(f"create table crosswalk as from '{crosswalk}'")
        connection.execute((SQL / "macros.sql").read_text())
        for table in TABLES:
            write_table(connection, table, landing, out)
        connection.execute(deliveries_sql(landing))
        connection.execute(f"create view fates as {' union all '.join(fates_sql(table) for table in TABLES)}")
        for mart, inputs in MARTS.items():
            write_mart(connection, mart, inputs, out)


def write_table(connection: duckdb.DuckDBPyConnection, table: str, landing: Path, out: Path) -> None:
    """Type, judge, weigh and write the rows of one table; keep the keys by which children find their parent."""
    twin = TABLES[table]
    files = landing / "*" / "[!.]*" / f"{table}.parquet"
    connection.execute(f"create or replace view landed as from read_parquet('{files}')")
    find_suspects(connection, ", ".join(twin.key))
    connection.execute(f"create or replace temp table contested as {contested_sql(connection, table)}")
    folder = out / table
    folder.mkdir(parents=True)
    partition = "fate, month" if twin.month else "fate"
    options = f"format parquet, compression zstd, partition_by ({partition})"
    connection.execute(f"copy ({fated_sql(connection, table)}) to '{folder}' ({options})")
    connection.execute(f"create view all_{table} as {written_sql(table, folder)}")
    connection.execute(f"create view {table} as select * from all_{table} where fate = 'accepted'")
    if table in PARENTS:
        named = f"select point_id, {PARENTS[table]} as key from {table}"
        connection.execute(f"create temp table known_{table} as {named}")


def find_suspects(connection: duckdb.DuckDBPyConnection, key: str) -> None:
    """Find rows whose key was met twice, reading no more than the keys; in the rare case that hashes meet, some too many."""
    hashes = f"select delivery, row_number, hash(point_id, {key}) as key_hash from landed"
    twice = f"select key_hash from ({hashes}) group by key_hash having count(*) > 1"
    connection.execute(f"create or replace temp table twice as {twice}")
    found = f"select delivery, row_number from ({hashes}) where key_hash in (from twice)"
    connection.execute(
        f"create or replace temp table suspects as {found if _any(connection, 'twice') else found + ' limit 0'}"
    )


def _any(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def judged_sql(table: str, landed: str = "landed") -> str:
    """SELECT of all rows with `is_sound`, how many rules they break, and whether all their parents are known."""
    rules = (SQL / f"{table}.sql").read_text().replace("from landed l", f"from {landed} l")
    known = [
        f"({column} is null or (point_id, {column}) in (select (point_id, key) from known_{parent}))"
        for parent, column in TABLES[table].parents.items()
    ]
    return f"""
        select columns(name -> not starts_with(name, 'must_') and name not in ('all_hold', 'held')),
            bit_count(faults) + len(list_filter(held, lambda holds: not holds)) as reasons
        from (
            select *, case when is_sound then null else list_value(*columns('^must_')) end as held
            from (
                select *, faults = 0 and coalesce(all_hold, true) as is_sound, {" and ".join(known) or "true"} as is_known
                from (select *, least(*columns('^must_')) as all_hold from ({rules}))
            )
        )
    """


def contested_sql(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SELECT of the fate of each row whose key was met twice: the newest version wins, of equal ones the first."""
    key = ", ".join(name.removeprefix("as_count(").removesuffix(")") for name in ("point_id", *TABLES[table].key))
    if not _any(connection, "suspects"):
        return "select null::varchar as delivery, null::bigint as row_number, null::varchar as fate limit 0"
    content = f"columns(name -> not list_contains({[*ASIDE, 'faults', 'is_sound', 'is_known']}, name))"
    return f"""
        with sound as (
            from ({judged_sql(table, "(from landed semi join suspects using (delivery, row_number))")}) where is_sound
        ),
        counted as (
            select *, row_number() over (partition by delivery, hash({content}) order by row_number) as copy from sound
        ),
        placed as (
            select *, max(case when is_known then updated_at end) over (partition by {key}) as best,
                row_number() over (
                    partition by {key} order by is_known desc, updated_at desc, sequence desc, row_number
                ) as place
            from counted
        )
        select delivery, row_number,
            case when is_known and place = 1 then 'accepted'
                when copy > 1 then 'repeated'
                when not is_known and (best is null or updated_at > best) then 'waiting'
                else 'superseded' end as fate
        from placed
    """


def fated_sql(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SELECT of what is written: rows that got in as the table has them, the others with what they are and why not."""
    weighed = _any(connection, "contested")
    join = " left join contested c using (delivery, row_number)" if weighed else ""
    fate = "case when not is_sound then 'quarantined'" + (" when c.fate is not null then c.fate" if weighed else "")
    month = " replace (case when fate = 'accepted' then month end as month)" if TABLES[table].month else ""
    aside = ", ".join(f"case when fate <> 'accepted' then {name} end as {name}" for name in ASIDE)
    return f"""
        select * exclude ({", ".join((*ASIDE, "kind", "is_sound", "is_known"))}){month}, {aside},
            case when kind = 'increment' then 0 else sequence end as fence, false as is_deleted
        from (
            select j.* exclude (business_date, faults{", event_on" if has_event(table) else ""}),
                {fate} when is_known then 'accepted' else 'waiting' end as fate
            from ({judged_sql(table)}) j{join}
        )
    """


def has_event(table: str) -> bool:
    """Whether codes of the table are judged by the day of the event, not by the business date."""
    return "as event_on" in (SQL / f"{table}.sql").read_text()


def written_sql(table: str, folder: Path) -> str:
    """SELECT of what was written of a table."""
    types = "{'fate': varchar, 'month': varchar}" if TABLES[table].month else "{'fate': varchar}"
    return f"from read_parquet('{folder}/**/*.parquet', hive_partitioning = true, hive_types = {types})"


def deliveries_sql(landing: Path) -> str:
    """CREATE of what the deliveries' records declare, one row a delivery and table."""
    counts = "struct(declared struct(rows bigint), landed struct(rows bigint), unpriced bigint)"
    columns = (
        "{point: 'varchar', business_date: 'date', sequence: 'integer', status: 'varchar',"
        f" tables: 'map(varchar, {counts})'}}"
    )
    return f"""
        create view deliveries as
        select point as point_id, business_date, sequence, status = 'refused' as is_refused,
            status = 'repeated' as is_repeated, entry.key as table_name, entry.value.declared.rows as declared_rows,
            case when status = 'refused' then 0 else entry.value.landed.rows end as landed_rows,
            coalesce(entry.value.unpriced, 0) as unpriced
        from (
            select *, unnest(map_entries(tables)) as entry
            from read_json('{landing}/*/[!.]*/delivery.json', columns = {columns})
        )
    """


def fates_sql(table: str) -> str:
    """SELECT of how many rows of each delivery met each fate, and the money of those that got in."""
    fen = "fen(amount)" if table in ("charge_item", "prescription", "prescription_item") else "0"
    counts = ", ".join(
        f"count(*) filter (fate = '{fate}') as {fate}"
        for fate in ("accepted", "quarantined", "waiting", "repeated", "superseded")
    )
    return f"""
        select '{table}' as table_name, point_id, sequence, {counts},
            coalesce(sum({fen}) filter (fate = 'accepted'), 0) as accepted_fen
        from all_{table} group by all
    """


def write_mart(connection: duckdb.DuckDBPyConnection, mart: str, inputs: tuple[str, ...], out: Path) -> None:
    """Write one mart, partitioned by month."""
    folder = out / mart
    folder.mkdir()
    sql = (SQL / f"{mart}.sql").read_text()
    connection.execute(f"copy ({sql}) to '{folder}' (format parquet, compression zstd, partition_by (month))")


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
