"""Code lists and known misspellings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lakehouse.errors import LakehouseError
from warehouse_models.catalogue import Catalogue
from warehouse_models.checks.tables import CHINESE
from warehouse_models.codes import Code, CodeList


def findings(catalogue: Catalogue) -> Iterator[LakehouseError]:
    """What is wrong with code lists and misspellings."""
    for codes in catalogue.codes.values():
        yield from _codes(codes)
    yield from _misspellings(catalogue)


def _codes(codes: CodeList) -> Iterator[LakehouseError]:
    where = f"warehouse_models/codes/{codes.name}.csv"
    counts = Counter(code.code for code in codes.rows)
    for written in sorted(written for written, count in counts.items() if count > 1):
        what = f"The code {written} stands {counts[written]} times in the list {codes.name}."
        do = "Keep one line of it: a code that comes back later is one validity."
        yield LakehouseError("CONTRACTS-030", what, where=where, do=do)
    if not codes.rows or not codes.title or not CHINESE.search(codes.title_zh) or not codes.source:
        what = f"The list {codes.name} is empty, or has no title in both languages, or no source."
        yield LakehouseError("CONTRACTS-031", what, where="warehouse_models/codes/lists.yaml", do="Complete it.")
    for code in codes.rows:
        fault = _fault_of(code, counts)
        if fault:
            what = f"The code {code.code} of the list {codes.name} {fault}."
            yield LakehouseError("CONTRACTS-032", what, where=where, do="Correct the line.")


def _fault_of(code: Code, codes: Counter[str]) -> str:
    if not code.code or code.code != code.code.strip():
        return "is empty or has blanks around it"
    if not code.name or not code.name_zh:
        return "has no name in English, or none in Chinese"
    if code.valid_to is not None and code.valid_to < code.valid_from:
        return "ends before it begins"
    if code.extra.get("parent") and code.extra["parent"] not in codes:
        return "has a parent that the list does not know"
    return ""


def _misspellings(catalogue: Catalogue) -> Iterator[LakehouseError]:
    where = "warehouse_models/codes/misspellings.csv"
    known = {name: {code.code for code in codes.rows} for name, codes in catalogue.codes.items()}
    counts = Counter((line.list, line.written) for line in catalogue.misspellings)
    for line in catalogue.misspellings:
        if line.list not in known:
            fault = "belongs to a list that is unknown"
        elif line.meant not in known[line.list]:
            fault = f"means {line.meant}, which the list {line.list} does not know"
        elif line.written in known[line.list]:
            fault = f"is itself a code of the list {line.list}"
        elif counts[line.list, line.written] > 1:
            fault = f"stands more than once for the list {line.list}"
        else:
            continue
        what = f"The misspelling {line.written} {fault}."
        yield LakehouseError("CONTRACTS-033", what, where=where, do="Correct or remove the line.")
