"""A small sound catalogue, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from warehouse_models.catalogue import Catalogue
from warehouse_models.checks import check
from warehouse_models.codes import Code, CodeList, Crossing, Misspelling
from warehouse_models.contract import Column, ExchangeTable, Identifier, Parent, Type, conformed
from warehouse_models.dialect import Dialect, DialectTable
from warehouse_models.mart import MartTable

ALWAYS = date(1990, 1, 1)
STAMP = Column("updated_at", Type.TIME, "When the version was made.", "版本时间", required=True)
PATIENT = Column("patient_id", Type.TEXT, "Number of the patient.", "患者编号", required=True)
VISIT_ID = Column("visit_id", Type.TEXT, "Number of the visit.", "就诊号", required=True)
KIND = Column("certificate_type_code", Type.CODE, "Kind of document.", "证件类别", codes="certificate_type")
NUMBER = Column(
    "certificate_number",
    Type.TEXT,
    "Number of the document.",
    "证件号码",
    identifier=Identifier.CERTIFICATE,
    certificate_type="certificate_type_code",
    level=4,
)
STARTED = Column("started_at", Type.TIME, "Start of the visit.", "接诊时间", required=True)
COST = Column("cost", Type.MONEY, "What it cost.", "费用", minimum=Decimal(0), maximum=Decimal(9), unit="yuan")
MONTH = Column("month", Type.TEXT, "Month.", "月份", required=True)

PERSON = ExchangeTable(
    "person", "Patients", "患者", "one row per patient", ("patient_id",), (PATIENT, KIND, NUMBER, STAMP)
)
VISIT = ExchangeTable(
    "visit",
    "Visits",
    "就诊",
    "one row per visit",
    ("visit_id",),
    (VISIT_ID, PATIENT, STARTED, COST, STAMP),
    month_of="started_at",
    amount="cost",
    parents=(Parent("person", ("patient_id",)),),
)
MART = MartTable(
    "use.visits",
    "Visits by month",
    "月就诊量",
    "one row per month",
    ("month",),
    ("records.visit",),
    (MONTH, replace(COST)),
)
TYPES = CodeList(
    "certificate_type",
    "Documents",
    "证件",
    "A standard",
    (
        Code("01", "Identity card", "身份证", ALWAYS, None, MappingProxyType({})),
        Code("03", "Passport", "护照", ALWAYS, None, MappingProxyType({})),
    ),
)
CROSSINGS = (Crossing("SFZ", "01", ALWAYS, None), Crossing("HZ", "03", ALWAYS, None))
DIALECT = Dialect(
    name="his",
    version="1",
    title="A system",
    title_zh="某系统",
    valid_from=ALWAYS,
    valid_to=None,
    encoding="GB18030",
    compression="none",
    delimiter=",",
    time="%Y%m%d%H%M%S",
    date="%Y%m%d",
    money="fen",
    codes={"certificate_type": "codes/crosswalks/his-1/certificate_type.csv"},
    tables={
        "person": DialectTable(
            file="HZ",
            columns={"patient_id": "BH", "certificate_type_code": "LB", "certificate_number": "HM", "updated_at": "SJ"},
        ),
        "visit": DialectTable(
            file="JZ",
            columns={
                "visit_id": "LSH",
                "patient_id": "BH",
                "started_at": "KSSJ",
                "cost": "FY",
                "updated_at": "SJ",
                "original_event_on": "RQ",
            },
        ),
    },
)
SOUND = Catalogue(
    exchange={"person": PERSON, "visit": VISIT},
    conformed={
        "people.person": conformed("people.person", PERSON, renames={"certificate_number_token": "person_key"}),
        "records.visit": conformed("records.visit", VISIT),
    },
    marts={"use.visits": MART},
    sql={"use.visits": "select month, sum(cost) as cost from {visit} group by month -- not {person}"},
    codes={"certificate_type": TYPES},
    misspellings=(Misspelling("certificate_type", "1", "01"),),
    dialects={"his-1": DIALECT},
    crosswalks={("his-1", "certificate_type"): CROSSINGS},
)


def with_visit(**parts: object) -> Catalogue:
    """The sound catalogue with another table of visits, and the conformed table that comes from it."""
    visit = replace(VISIT, **parts)
    tables = {"people.person": SOUND.conformed["people.person"], "records.visit": conformed("records.visit", visit)}
    return replace(SOUND, exchange={"person": PERSON, "visit": visit}, conformed=tables, dialects={}, crosswalks={})


def with_column(column: Column) -> Catalogue:
    """The sound catalogue with one more column in visits."""
    return with_visit(columns=(*VISIT.columns, column))


def with_mart(sql: str = SOUND.sql["use.visits"], **parts: object) -> Catalogue:
    return replace(SOUND, marts={"use.visits": replace(MART, **parts)}, sql={"use.visits": sql})


def with_codes(*rows: Code, **parts: object) -> Catalogue:
    types = replace(TYPES, rows=(*TYPES.rows, *rows), **parts)
    return replace(SOUND, codes={"certificate_type": types}, crosswalks={}, dialects={})


def with_dialect(**parts: object) -> Catalogue:
    return replace(SOUND, dialects={"his-1": DIALECT.model_copy(update=parts)})


def with_headers(change: Callable[[dict[str, str]], dict[str, str]]) -> Catalogue:
    """The sound catalogue with other headers for visits."""
    assert isinstance(DIALECT.tables, dict)
    table = DIALECT.tables["visit"]
    changed = table.model_copy(update={"columns": change(dict(table.columns))})
    return with_dialect(tables={**DIALECT.tables, "visit": changed})


def with_one_file(nested: str, **headers: str) -> Catalogue:
    """The sound catalogue with a JSON dialect in which visits are a list in the file of persons."""
    assert isinstance(DIALECT.tables, dict)
    visits = DIALECT.tables["visit"]
    inner = visits.model_copy(update={"file": "HZ", "nested": nested, "columns": {**visits.columns, **headers}})
    return with_dialect(format="json", delimiter="", tables={**DIALECT.tables, "visit": inner})


def with_crossings(*crossings: Crossing) -> Catalogue:
    return replace(SOUND, crosswalks={("his-1", "certificate_type"): crossings})


def column(name: str, kind: Type = Type.TEXT, **parts: object) -> Column:
    return replace(
        Column(name, kind, "Some meaning.", "含义", codes="certificate_type" if kind is Type.CODE else None), **parts
    )


def codes_of(catalogue: Catalogue) -> list[str]:
    """Codes of what is wrong with a catalogue."""
    return sorted({finding.code for finding in check(catalogue)})
