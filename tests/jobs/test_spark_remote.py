"""A cluster that is named: its address and token, and what makes it unfit for a lake."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.spark_cluster import Member, connect, master, worker
from jobs.spark_remote import SAFE_STORES, address, check, check_store
from lakehouse.errors import LakehouseError
from lakehouse.settings import Settings

CLASS, FILE, SYSTEM = "spark.delta.logStore.class", "spark.delta.logStore.file.impl", "spark.hadoop.fs.defaultFS"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAKEHOUSE_SPARK_REMOTE", "LAKEHOUSE_SPARK_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_the_token_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert address() is None
    monkeypatch.setenv("LAKEHOUSE_SPARK_TOKEN", str(tmp_path / "token"))
    assert address() is None
    monkeypatch.setenv("LAKEHOUSE_SPARK_REMOTE", "sc://localhost:15002/;user_id=a")
    with pytest.raises(LakehouseError, match="SPARK-007"):
        address()
    (tmp_path / "token").write_text("t0ken\n")
    assert address() == "sc://localhost:15002/;user_id=a;token=t0ken"
    monkeypatch.setenv("LAKEHOUSE_SPARK_REMOTE", "sc://localhost:15002")
    assert address() == "sc://localhost:15002/;token=t0ken"
    monkeypatch.delenv("LAKEHOUSE_SPARK_TOKEN")
    assert address() == "sc://localhost:15002"


@pytest.mark.parametrize("options", [{}, {SYSTEM: "file:///"}, *({FILE: store} for store in sorted(SAFE_STORES))])
def test_a_cluster_whose_commits_exclude_each_other_is_taken(options: dict[str, str]) -> None:
    check_store(options)


@pytest.mark.parametrize(
    "options",
    [
        {FILE: "io.delta.storage.S3SingleDriverLogStore"},
        {CLASS: "io.delta.storage.S3SingleDriverLogStore", FILE: "io.delta.storage.LocalLogStore"},
        {FILE: "com.example.OwnLogStore"},
        {SYSTEM: "s3a://lake"},
        {SYSTEM: "hdfs://name:8020", FILE: "io.delta.storage.LocalLogStore"},
    ],
)
def test_a_cluster_on_which_two_drivers_could_commit_the_same_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(LakehouseError, match="SPARK-005"):
        check_store(options)


def test_what_a_server_says_of_its_store_is_read_and_it_must_see_the_lake(spark: SparkSession, tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path, tmp_path)
    assert spark.conf.getAll[FILE] == "io.delta.storage.LocalLogStore"
    check(spark, settings)
    spark.conf.set(SYSTEM, "s3a://lake")
    try:
        with pytest.raises(LakehouseError, match="SPARK-005"):
            check(spark, settings)
    finally:
        spark.conf.unset(SYSTEM)


def test_a_server_that_sees_other_files_is_refused(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "jobs.spark_remote.write_whole", lambda path, data: path.with_name("elsewhere").write_bytes(data)
    )
    (tmp_path / "run").mkdir()
    with pytest.raises(LakehouseError, match="SPARK-006"):
        check(spark, Settings(tmp_path, tmp_path, tmp_path))
    (tmp_path / "run" / "seen-by-spark").write_text("of another lake")
    with pytest.raises(LakehouseError, match="SPARK-006"):
        check(spark, Settings(tmp_path, tmp_path, tmp_path))


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("f1rst")
    (tmp_path / "token").write_text("s3cond")
    member = Member("127.0.0.1", tmp_path, tmp_path / "secret", token=tmp_path / "token")
    for made in (master, worker, connect):
        command, environment = made(member)
        assert not {"f1rst", "s3cond"} & set(" ".join(command).replace("=", " ").split())
        assert environment["_SPARK_AUTH_SECRET"] == "f1rst"
        assert Path(command[0]).is_file()
        told = environment["SPARK_DAEMON_JAVA_OPTS"] if made is not connect else " ".join(command)
        assert "spark.authenticate=true" in told
        assert "spark.network.crypto.enabled=true" in told
    assert environment["SPARK_CONNECT_AUTHENTICATE_TOKEN"] == "s3cond"


def test_the_server_of_a_cluster_keeps_nothing_of_an_embedded_one_but_what_nights_need(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("f1rst")
    member = Member("driver", tmp_path, tmp_path / "secret", "spark://head:7077", listen="door")
    options = dict(word.split("=", 1) for word in connect(member)[0] if word.startswith("spark.") and "=" in word)
    assert (options["spark.master"], options["spark.driver.host"]) == ("spark://head:7077", "driver")
    assert options["spark.connect.grpc.binding.address"] == "door"
    assert "127.0.0.1" not in " ".join(options.values())
    check_store(options)
