"""What readers export opens in a spreadsheet as text and numbers: no cell that comes from data acts. Runs inside of Superset.

Superset escapes some beginnings in CSV and fewer in workbooks; both call the two functions that are replaced here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pandas as pd
from superset.utils import csv, excel

# What spreadsheets take for the beginning of a formula, or of a link to another file, behind what they skip.
SKIPPED = re.compile(r"[\s\x00-\x20\x7f\u200b-\u200f\u2060\ufeff\"{]*")
ACTS = re.compile(r"[=+\-@|%]|(in|ex)ternal:|file:", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
BREAKS = ("\t", "\n")
MARK = "\ufeff"


def inert(value: Any) -> Any:
    """The value as it is, or a text that would act with an apostrophe before it. Full-width signs act, too.

    Carriage returns become line feeds: CSV quotes the latter only, and what follows the former would be a cell of its own."""
    if isinstance(value, tuple):
        return tuple(inert(part) for part in value)
    if not isinstance(value, str) or NUMBER.fullmatch(value):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    begins = unicodedata.normalize("NFKC", SKIPPED.sub("", value, count=1)[:9])
    return f"'{value}" if ACTS.match(begins) or value.startswith(BREAKS) else value


def inert_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with inert cells and heads."""
    for place, kind in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            table.isetitem(place, table.iloc[:, place].map(inert).to_numpy())
    table.columns = table.columns.map(inert)
    return table


def change() -> None:
    """Let Superset's exports use these rules, and begin CSV with the mark by which spreadsheets know UTF-8."""
    csv.escape_value = inert
    excel.quote_formulas = inert_table
    written = csv.df_to_escaped_csv
    csv.df_to_escaped_csv = lambda table, **options: MARK + written(table, **options)
