"""Why a delivery can be refused as a whole: code, sentence and what to do about it, each in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict


class Refusal(NamedTuple):
    """What people read of a reason, whatever the place."""

    says: str
    says_zh: str
    do: str
    do_zh: str


REFUSALS: Mapping[str, Refusal] = {
    "MAN-READ": Refusal(
        "The manifest cannot be read.",
        "清单文件无法读取",
        "Write manifest.json as the exchange standard shows it, and offer the delivery again.",
        "按交换标准的示例编写 manifest.json，并重新报送该批次。",
    ),
    "MAN-STANDARD": Refusal(
        "The manifest follows a version of the exchange standard that is not taken.",
        "清单采用的交换标准版本不受支持",
        'Extract after version "1" of the standard, and offer the delivery again.',
        "按交换标准第 1 版抽取数据，并重新报送该批次。",
    ),
    "MAN-POINT": Refusal(
        "The manifest names another point.",
        "清单中的前置交换点与实际不符",
        "Check which outbox the extract writes to, and offer the delivery at its own point.",
        "核对抽取程序写入的发件箱，并在其所属前置交换点报送该批次。",
    ),
    "MAN-PERIOD": Refusal(
        "A full delivery has no period, its period is reversed, or another kind of delivery has one.",
        "全量批次未声明期间、期间颠倒，或非全量批次声明了期间",
        "State the period of a full delivery, and of no other, and offer it again.",
        "全量批次须声明期间，其他批次不得声明；改正后重新报送该批次。",
    ),
    "MAN-TABLE": Refusal(
        "The manifest names a table that the standard does not have.",
        "清单中的表名不在交换标准内",
        "Use the standard's table names in the manifest, and offer the delivery again.",
        "在清单中使用交换标准规定的表名，并重新报送该批次。",
    ),
    "MAN-FILE": Refusal(
        "The files in the delivery are not those of the manifest, or the manifest contradicts itself about one.",
        "批次中的文件与清单不一致（缺失、多余），或清单对同一文件的描述自相矛盾",
        "Put exactly the listed files beside the manifest; list a file once, in JSON once for each table that comes from"
        " it; offer the delivery again.",
        "使清单所在目录中的文件与清单所列完全一致；每个文件列一次，JSON 文件按其包含的每张表各列一次；改正后重新报送该批次。",
    ),
    "MAN-SIZE": Refusal(
        "A file does not have the size that the manifest states.",
        "文件大小与清单不符",
        "The file was probably cut off: write the manifest last, and offer the delivery again.",
        "文件很可能被截断：最后写入清单，并重新报送该批次。",
    ),
    "MAN-LARGE": Refusal(
        "A file is larger than the standard allows, which is 1 GiB.",
        "文件超过标准允许的大小（1 GiB）",
        "Spread the table over several files, and offer the delivery again.",
        "将该表拆分为多个文件，并重新报送该批次。",
    ),
    "MAN-DIGEST": Refusal(
        "A file does not have the SHA-256 that the manifest states.",
        "文件摘要（SHA-256）与清单不符",
        "The file changed after the manifest was written: offer the delivery again.",
        "文件在清单生成后发生了变化：重新报送该批次。",
    ),
    "MAN-COUNT": Refusal(
        "A file does not have as many rows, or elements, as the manifest states; of JSON it states both.",
        "文件的行数或元素数与清单不符（JSON 文件须同时申报两者）",
        "Count CSV rows without the header; quote cells with line breaks; of JSON count the elements of the array and the"
        " rows of each table; offer the delivery again.",
        "CSV 行数不含表头；含换行符的单元格用引号括起；JSON 分别统计数组的元素数和各表的行数；改正后重新报送该批次。",
    ),
    "MAN-SUM": Refusal(
        "The amounts in a file do not add up to the sum that the manifest states.",
        "文件金额合计与清单不符",
        "Add the amount column in fen, a cell that is not money as 0, and offer the delivery again.",
        "以分为单位合计金额列，非金额的单元格按 0 计，并重新报送该批次。",
    ),
    "DEC-BYTE": Refusal(
        "A file holds bytes that are no text in the encoding that the manifest states.",
        "文件含有无法按声明编码解码的字节",
        "Write the file in the stated encoding from end to end, and offer the delivery again.",
        "整个文件均以所声明的编码写入，并重新报送该批次。",
    ),
    "DEC-GZIP": Refusal(
        "A file cannot be decompressed.",
        "压缩文件损坏",
        "Compress the file anew with gzip, and offer the delivery again.",
        "用 gzip 重新压缩文件，并重新报送该批次。",
    ),
    "DEC-REPLACEMENT": Refusal(
        "A text holds the replacement character U+FFFD: a character was lost before the delivery was made.",
        "文本含有替换字符 U+FFFD，原字符在导出前已丢失",
        "Mend the conversion of encodings in the extract, and offer the delivery again.",
        "修正抽取程序中的编码转换，并重新报送该批次。",
    ),
    "CSV-READ": Refusal(
        "The rows of a file cannot be told apart: a quoted cell does not end.",
        "文件的行无法分隔：引号未闭合",
        "Double the quotation marks inside quoted cells, and offer the delivery again.",
        "引号括起的单元格内的引号须双写，并重新报送该批次。",
    ),
    "JSON-READ": Refusal(
        "A file is no JSON array, or an element of it is no JSON, too large or nested too deeply.",
        "文件不是 JSON 数组，或其中的元素无法解析、过大、嵌套过深",
        "Write one JSON array a file, no element of which is larger than 8 MB, and offer the delivery again.",
        "每个文件写为一个 JSON 数组，单个元素不超过 8 MB，并重新报送该批次。",
    ),
    "COL-MISSING": Refusal(
        "A file lacks columns of the standard.",
        "文件缺少标准规定的列",
        "Write every column of the table, empty or null where there is nothing, and offer the delivery again.",
        "写出该表的所有列，无内容处留空或写 null，并重新报送该批次。",
    ),
    "COL-UNKNOWN": Refusal(
        "A file has columns that the standard does not know.",
        "文件含有标准之外的列",
        "Leave the columns out, or correct their names; in JSON list every table that the file holds; offer the delivery"
        " again.",
        "删去这些列或更正列名；JSON 文件须列出其包含的每张表；改正后重新报送该批次。",
    ),
    "COL-DOUBLE": Refusal(
        "A file has a column twice.",
        "文件中有重复的列",
        "Write every column once, and offer the delivery again.",
        "每列只写一次，并重新报送该批次。",
    ),
    "DIALECT-NONE": Refusal(
        "The point's dialect is not declared, or not for the business date.",
        "该前置交换点的方言未登记，或在业务日期未生效",
        "Ask the commission to declare the dialect; the delivery need not be made again.",
        "向卫生健康委申请登记方言；该批次无需重新制作。",
    ),
    "DIALECT-ENCODING": Refusal(
        "A file's encoding is not that of the point's dialect.",
        "文件编码与该点的方言不符",
        "Write the files in the dialect's encoding, and offer the delivery again.",
        "按方言规定的编码写入文件，并重新报送该批次。",
    ),
    "SEQ-REUSED": Refusal(
        "The sequence number was used before, for other content.",
        "批次序号已被其他内容使用",
        "Number deliveries 1, 2, 3, … in the order in which they are made, and offer this one under its own number.",
        "批次按制作顺序编号为 1、2、3……，并以该批次自身的序号报送。",
    ),
    "LAND-FAILED": Refusal(
        "The lakehouse failed on this delivery; the point made no mistake.",
        "平台处理该批次时出现内部错误，与医院无关",
        "The data engineer mends the fault and lands the sealed original again.",
        "由数据工程师修复故障，并重新落地密封原件。",
    ),
}


class Reason(BaseModel):
    """One reason why a delivery is refused. `where` names files, columns and offsets, never a cell's content."""

    model_config = ConfigDict(frozen=True)

    code: str
    says: str
    says_zh: str
    where: str
    do: str

    @property
    def do_zh(self) -> str:
        """What to do, in Chinese: no part of the landing record; empty for a code that is no longer given."""
        return REFUSALS[self.code].do_zh if self.code in REFUSALS else ""

    def as_object(self) -> dict[str, Any]:
        """As commands print it in JSON."""
        return {**self.model_dump(), "do_zh": self.do_zh}


class Refused(Exception):
    """Raised where reading a file or manifest cannot go on."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(", ".join(each.code for each in reasons))
        self.reasons = reasons


def reason(code: str, where: str = "") -> Reason:
    """The reason of that code, at a place. Unknown codes are a KeyError."""
    found = REFUSALS[code]
    return Reason(code=code, says=found.says, says_zh=found.says_zh, where=where, do=found.do)


PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
# Runs of digits as long as a telephone or identity number, but for a stamp such as 20260701003000.
LONG_NUMBER = re.compile(r"(?<!\d)(?!20\d{12}(?!\d))\d{9,}")


def shown(name: str) -> str:
    """A name that a point made up, if it can be shown: it may hold a patient's name, or a number of theirs."""
    return name if PLAIN_NAME.fullmatch(name) and not LONG_NUMBER.search(name) else "(a name that is not shown)"
