"""Values of a database as the dialect writes them, and rows as the bytes of its files."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from jobs.transports.faults import Unreachable
from warehouse_models.contract import Column, Type
from warehouse_models.dialect import Dialect

BEIJING = ZoneInfo("Asia/Shanghai")
CENTS = Decimal("0.01")
LEVEL, GZIP = 4, 31  # zlib's name for a gzip header and trailer; it writes no time of making into them.
Row: TypeAlias = Sequence[Any]


def writer(column: Column, dialect: Dialect, where: str) -> Callable[[Any], str | None]:
    """How a column's values become cells of its file.

    Text stays as it is. Times lose fractions of a second, and those with a zone become Beijing time; money has two
    decimals, other numbers no zeros at their end. Raises Unreachable (PULL-ANSWER) for values of any other type.
    """
    form = dialect.date if column.type is Type.DATE else dialect.time
    is_yuan = column.type is Type.MONEY and dialect.money == "yuan"

    def written(value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, datetime):
            return naive(value).strftime(form)
        if isinstance(value, date):
            return datetime.combine(value, time()).strftime(form)
        if isinstance(value, int | float | Decimal):
            return _number(Decimal(str(value)), is_yuan)
        raise Unreachable("PULL-ANSWER", where)

    return written


def naive(stamp: datetime) -> datetime:
    """A stamp in Beijing time, without a zone."""
    return stamp if stamp.tzinfo is None else stamp.astimezone(BEIJING).replace(tzinfo=None)


def _number(value: Decimal, is_yuan: bool) -> str:
    if not value.is_finite():
        return str(value)
    if is_yuan and value == round(value, 2):
        return format(value.quantize(CENTS), "f")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def file_bytes(headers: Iterable[str], rows: Iterable[list[list[str | None]]], dialect: Dialect) -> Iterator[bytes]:
    """A file in the dialect from its rows, some at a time: the same rows are the same bytes."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP) if dialect.compression == "gzip" else None
    for lines in _lines(headers, rows, dialect.delimiter):
        content = lines.encode(dialect.encoding)
        yield packer.compress(content) if packer else content
    if packer:
        yield packer.flush()


def _lines(headers: Iterable[str], rows: Iterable[list[list[str | None]]], delimiter: str) -> Iterator[str]:
    """Lines that end with CRLF, so that a cell with either of the two is quoted."""
    stream = io.StringIO(newline="")
    out = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    out.writerow(list(headers))
    yield stream.getvalue()
    for some in rows:
        stream.seek(0)
        stream.truncate()
        out.writerows(some)
        yield stream.getvalue()
