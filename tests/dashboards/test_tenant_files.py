"""A tenant's file: all of its rows, nobody else's, written once for a publication."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from dashboards.superset.tenant_files import condition, tenant_file

ROWS = [
    ("H1", "640104"),
    ("H2", "640205"),
    ("H3", "640106"),
    ("T1", "640106"),
    ("H10", "650102"),
    ("lost", None),
    (None, None),
]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return write_whole(tmp_path, "000001-a")


def write_whole(folder: Path, name: str) -> Path:
    path = folder / "serving" / name / "marts.duckdb"
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema spending; create schema meta; create schema codes; create schema public")
        connection.execute(
            "create table spending.care (institution_code varchar, region_code varchar, income decimal(18,2))"
        )
        connection.executemany("insert into spending.care values (?, ?, 1.5)", ROWS)
        connection.execute("create table meta.publication as select 1 as number")
        connection.execute("create table public.overview as select 6 as institutions")
        connection.execute("create table codes.placeless as select 'row' as institution_code")
    return path


@pytest.mark.parametrize(
    ("tenant", "institutions"),
    [
        ("institution-H1", ["H1"]),
        ("institution-T1", ["T1"]),
        ("institution-none", []),
        ("everybody", []),
        ("region-640104", ["H1"]),
        ("region-640200", ["H2"]),
        ("region-6401", ["H1", "H3", "T1"]),
        ("region-640100", ["H1", "H3", "T1"]),
        ("region-640000", ["H1", "H2", "H3", "T1"]),
        ("region-64", ["H1", "H2", "H3", "T1"]),
        ("region-65", ["H10"]),
    ],
)
def test_it_holds_all_of_the_tenants_rows_and_no_other(
    whole: Path, tmp_path: Path, tenant: str, institutions: list[str]
) -> None:
    with duckdb.connect(str(tenant_file(whole, tenant, tmp_path / "tenants")), read_only=True) as connection:
        found = connection.execute("select institution_code from spending.care order by all").fetchall()
        assert [code for (code,) in found] == institutions
        assert connection.execute("select * from meta.publication").fetchall() == [(1,)]
        assert connection.execute("select * from public.overview").fetchall() == [(6,)]
        assert connection.execute("select * from codes.placeless").fetchall() == []


def test_it_is_written_once_for_a_publication_by_however_many_at_a_time(whole: Path, tmp_path: Path) -> None:
    home = tmp_path / "tenants"
    with ThreadPoolExecutor(8) as pool:
        (path,) = set(pool.map(lambda _: tenant_file(whole, "region-64", home), range(16)))
    before = path.stat().st_ino
    assert tenant_file(whole, "region-64", home).stat().st_ino == before
    assert os.listdir(path.parent) == ["region-64.duckdb"]


def test_the_files_of_publications_that_are_served_no_more_go(tmp_path: Path) -> None:
    home = tmp_path / "tenants"
    for name in ("000001-a", "000002-b"):
        tenant_file(write_whole(tmp_path, name), "institution-H1", home)
    assert sorted(os.listdir(home)) == ["000001-a", "000002-b"]
    shutil.rmtree(tmp_path / "serving" / "000001-a")
    tenant_file(write_whole(tmp_path, "000003-c"), "institution-H1", home)
    assert sorted(os.listdir(home)) == ["000002-b", "000003-c"]


@pytest.mark.parametrize(
    "tenant", ["institution-", "institution-a' or '1'='1", "region-../64", "province-64", "region-六四"]
)
def test_what_is_no_tenant_gets_no_file(whole: Path, tmp_path: Path, tenant: str) -> None:
    with pytest.raises(ValueError, match="tenant"):
        condition(tenant)
    with pytest.raises(ValueError, match="tenant"):
        tenant_file(whole, tenant, tmp_path / "tenants")
    assert list((tmp_path / "tenants").rglob("*.duckdb")) == []
