"""Lineage from the contracts: every column of a mart leads to a column that a point delivers, or only counts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from jobs import lineage
from lakehouse.settings import Settings
from warehouse_models.registry import conformed, marts


def test_a_column_of_a_mart_comes_from_what_its_sql_says() -> None:
    spending = lineage.of_mart(marts()["spending.income_composition"])
    charge_item = "medical_records.charge_item"
    assert spending["income"] == [(charge_item, "amount")]
    assert spending["charge_bucket_code"] == [(charge_item, "charge_type_code")]
    assert spending["drug_share"] == [(charge_item, "amount"), (charge_item, "charge_type_code")]
    assert spending["charges"] == []


def test_a_column_of_the_databases_comes_from_the_wire() -> None:
    charges = lineage.of_conformed(conformed()["medical_records.charge_item"])
    assert charges["amount"] == [("exchange.charge_item", "amount")]
    assert charges["is_reversal"] == [("exchange.charge_item", "amount"), ("exchange.charge_item", "reversal_of")]
    assert set(charges) == {column.name for column in conformed()["medical_records.charge_item"].columns}


@pytest.fixture
def collector() -> Iterator[Any]:
    """A server that keeps what is posted."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.server.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))  # type: ignore[attr-defined]
            self.send_response(201)
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Say nothing."""

    server: Any = HTTPServer(("127.0.0.1", 0), Hook)
    server.kept = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_events_go_to_a_file_or_to_an_address_and_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector: Any
) -> None:
    settings = Settings(tmp_path, tmp_path, tmp_path)
    monkeypatch.delenv("LAKEHOUSE_LINEAGE", raising=False)
    lineage.emit(settings, "2026-06-30.1")
    kept = json.loads((settings.lineage / "2026-06-30.1.json").read_text())
    monkeypatch.setenv("LAKEHOUSE_LINEAGE", f"http://127.0.0.1:{collector.server_address[1]}")
    lineage.emit(settings, "2026-06-30.1")
    for event in (*kept, *collector.kept):
        del event["eventTime"]
        event["run"]["facets"].pop("tags", None)  # The client tells its own version to who listens.
    assert collector.kept == kept
    outputs = {event["outputs"][0]["name"]: event for event in kept}
    assert set(outputs) == {*conformed(), *marts()}
    facets = outputs["spending.income_composition"]["outputs"][0]["facets"]
    assert facets["schema"]["fields"][0]["name"] == "month"
    (income,) = facets["columnLineage"]["fields"]["income"]["inputFields"]
    assert (income["name"], income["field"]) == ("medical_records.charge_item", "amount")


def test_that_nobody_listens_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LAKEHOUSE_LINEAGE", "http://127.0.0.1:1")
    lineage.emit(Settings(tmp_path, tmp_path, tmp_path), "2026-06-30.1")
    assert "Lineage did not get through" in caplog.text
