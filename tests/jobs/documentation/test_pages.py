"""The generated pages are what the declarations say, and say all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from expectations.gate import MEASURES
from expectations.reasons import reasons
from jobs.commands.contracts import contracts
from jobs.delivery_check import check_delivery
from jobs.documentation import delivery, example, json_example, pages
from jobs.documentation.dictionary import dictionary
from jobs.documentation.markdown import filled, table
from jobs.documentation.standard import standard
from jobs.landing import canonical
from jobs.landing.refusals import REFUSALS
from warehouse_models.checks.tables import CHINESE
from warehouse_models.codes import load
from warehouse_models.registry import catalogue

WORD = re.compile(r"[A-Za-z0-9_.]*[A-Za-z0-9_]")
UNTRANSLATED = re.compile(r"\b(?:[A-Z]{2,}|[0-9]+|\w+[._]\w+)\b", re.ASCII)


@pytest.fixture(scope="module")
def page() -> str:
    return standard(catalogue())


def test_the_committed_pages_are_up_to_date() -> None:
    assert pages.stale(catalogue(), pages.FOLDER) == []


def test_every_field_of_a_manifest_is_explained(page: str) -> None:
    fields = delivery.fields()
    assert len(fields) > 15
    assert [name for name in fields if f"| `{name}` |" not in page] == []


def test_every_column_of_every_table_is_listed(page: str) -> None:
    for name, one in catalogue().exchange.items():
        section = page.split(f"\n### {name}: ")[1].split("\n### ")[0]
        rows = re.findall(r"^\| `([a-z0-9_]+)` \|", section, flags=re.MULTILINE)
        assert rows == [column.name for column in one.columns], name


def test_every_reason_code_is_in_it(page: str) -> None:
    wanted = {reason.code for one in catalogue().exchange.values() for reason in reasons(one)}
    assert len(wanted) > 100
    assert [code for code in sorted(wanted) if f"| `{code}` |" not in page] == []


def test_every_code_of_a_refusal_or_a_gate_is_in_it(page: str) -> None:
    wanted = [*REFUSALS, *(measure.code for measure in MEASURES)]
    assert [code for code in wanted if f"| `{code}` |" not in page] == []


def test_what_to_do_is_said_in_chinese_as_in_english_and_is_in_it(page: str) -> None:
    """Names, numbers and codes are the same in both: what stands in Chinese only would be news to an English reader."""
    quarantines = [reason for one in catalogue().exchange.values() for reason in reasons(one)]
    told = {(each.do, each.do_zh) for each in (*quarantines, *REFUSALS.values(), *MEASURES)}
    assert len(told) > 150
    faults = [
        (do, do_zh)
        for do, do_zh in sorted(told)
        if not (CHINESE.search(do_zh) and do_zh.endswith("。") and do.endswith(".") and not CHINESE.search(do))
        or not set(WORD.findall(do_zh)) <= set(WORD.findall(do))
        or not set(UNTRANSLATED.findall(do)) <= set(UNTRANSLATED.findall(do_zh))
        or f"| {do} | {do_zh} |" not in page
    ]
    assert faults == []


def test_every_repair_is_in_it(page: str) -> None:
    names = [getattr(canonical, name) for name in ("BLANKS", "FULL_WIDTH", "HOUR_24", "LOWER_CASE_X")]
    names += [canonical.BYTE_ORDER_MARK, canonical.COLUMN_ORDER, "misspelling"]
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_every_code_list_is_printed_or_linked_with_its_count(page: str) -> None:
    used = {column.codes for one in catalogue().exchange.values() for column in one.columns if column.codes}
    for name in sorted(used):
        known = load(name)
        section = page.split(f'<a id="list-{name}"></a>')[1].split('<a id="list-')[0].split("\n## ")[0]
        assert f"{len(known.rows)} codes." in section
        assert f"codes/{name}.csv" in section
        printed = section.count("\n| `")
        assert printed == (len(known.rows) if printed else 0), name
    assert "| `1` | Male | 男性 |" in page


def test_links_within_the_page_lead_somewhere(page: str) -> None:
    names = set(re.findall(r'<a id="([^"]+)">', page))
    for heading in re.findall(r"^#+ (.+)$", page, flags=re.MULTILINE):
        names.add("".join(c for c in heading.lower() if c.isalnum() or c in " -_").replace(" ", "-"))
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert len(links) > 20
    assert links - names == set()


@pytest.mark.parametrize("name", pages.PAGES)
def test_links_to_files_lead_somewhere(name: str) -> None:
    text = (pages.FOLDER / name).read_text(encoding="utf-8")
    links = set(re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text))
    assert [link for link in sorted(links) if not (pages.FOLDER / link).exists()] == []


def test_the_worked_examples_end_in_published_numbers(page: str) -> None:
    """Vectors of GB 11643, GB 11714 and GB 32100."""
    for number in ("11010519491231002X", "450720005", "91130100MA0AAAA1X2"):
        assert f"is `{number}`" in page


def test_the_example_is_a_delivery_that_a_night_would_take(tmp_path: Path) -> None:
    folder = tmp_path / example.FOLDER
    folder.mkdir()
    for name, content in example.files(dict(catalogue().exchange)).items():
        (folder / name).write_bytes(content)
    report = check_delivery(folder, "standard-1")
    assert (report.reasons, report.findings) == ([], [])
    assert report.rows == {"encounter_diagnosis": 2, "charge_item": 1}


def test_the_json_example_is_a_delivery_that_a_night_would_take(page: str, tmp_path: Path) -> None:
    for name, content in json_example.files(dict(catalogue().exchange)).items():
        (tmp_path / name).write_bytes(content)
    report = check_delivery(tmp_path, json_example.DIALECT)
    assert (report.reasons, report.findings) == ([], [])
    assert report.rows == json_example.ROWS
    shown = [json.loads(part.split("\n```")[0]) for part in page.split("```json\n")[2:]]
    assert shown == [json_example.ELEMENTS, json_example.entries()]


def test_the_example_is_shown_as_it_is(page: str) -> None:
    files = example.files(dict(catalogue().exchange))
    shown = json.loads(page.split("```json\n")[1].split("\n```")[0])
    assert shown == json.loads(files["manifest.json"])


def test_the_dictionary_leads_from_the_point_to_the_marts() -> None:
    text = dictionary(catalogue())
    (line,) = [line for line in text.splitlines() if line.startswith("| [charge_item]")]
    assert "`medical_records.charge_item`" in line
    assert "`spending.income_composition`" in line
    section = text.split("\n### population.person\n")[1].split("\n### ")[0]
    assert re.search(r"\| `person_key` \| token .*\| `certificate_number` \|", section)


def test_no_direct_identifier_is_documented_behind_landing() -> None:
    text = dictionary(catalogue())
    behind = text.split("## The four databases")[1]
    assert "identifier (" in text.split("## The four databases")[0]
    assert "identifier (" not in behind


def test_checking_changes_nothing_and_names_the_page(tmp_path: Path) -> None:
    runner = CliRunner()
    written = runner.invoke(contracts, ["docs", "--folder", str(tmp_path)])
    assert written.exit_code == 0, written.output
    assert runner.invoke(contracts, ["docs", "--check", "--folder", str(tmp_path)]).exit_code == 0
    page = tmp_path / "naming.md"
    page.write_text("changed", encoding="utf-8")
    checked = runner.invoke(contracts, ["docs", "--check", "--folder", str(tmp_path)])
    assert "CONTRACTS-050: naming.md is not what the declarations say." in str(checked.exception)
    assert page.read_text(encoding="utf-8") == "changed"


def test_the_check_of_this_checkout_passes() -> None:
    result = CliRunner().invoke(contracts, ["check"])
    assert (result.exit_code, "all is well" in result.output) == (0, True)


def test_a_slot_that_nobody_fills_is_an_error() -> None:
    assert filled("a {{b}}", {"b": "c"}) == "a c"
    with pytest.raises(KeyError):
        filled("a {{b}}", {})
    with pytest.raises(ValueError, match="no places for c"):
        filled("a {{b}}", {"b": "", "c": ""})


def test_a_bar_does_not_end_a_cell() -> None:
    assert table(("a",), [("x|y",)]) == "| a |\n| --- |\n| x\\|y |"
