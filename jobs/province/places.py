"""Where the province lies: divisions of Yushu prefecture and of Yinchuan, and who may be born where."""

from __future__ import annotations

from functools import cache

from jobs.province.text import words
from warehouse_models import codes

COUNTIES = {
    "632701": "玉树市",
    "632722": "杂多县",
    "632723": "称多县",
    "632724": "治多县",
    "632725": "囊谦县",
    "632726": "曲麻莱县",
}
URBAN_DISTRICTS = {
    "640104": "兴庆区",
    "640105": "西夏区",
    "640106": "金凤区",
    "640121": "永宁县",
    "640122": "贺兰县",
    "640181": "灵武市",
}
_BY_COUNTY = {
    "632701": "结古镇 隆宝镇 下拉秀镇 仲达乡 巴塘乡 小苏莽乡 上拉秀乡 哈秀乡 安冲乡",
    "632722": "萨呼腾镇 昂赛乡 结多乡 阿多乡 苏鲁乡 查旦乡 莫云乡 扎青乡",
    "632723": "称文镇 歇武镇 扎朵镇 清水河镇 珍秦镇 尕朵乡 拉布乡",
    "632724": "加吉博洛镇 索加乡 扎河乡 多彩乡 治渠乡 立新乡",
    "632725": "香达镇 白扎乡 吉曲乡 娘拉乡 毛庄乡 觉拉乡 东坝乡 尕羊乡 吉尼赛乡 着晓乡",
    "632726": "约改镇 巴干乡 秋智乡 叶格乡 麻多乡 曲麻河乡",
}
TOWNSHIPS = tuple((county, township) for county, names in _BY_COUNTY.items() for township in names.split())
INTERNET_BRANDS = words(
    "安和 康源 仁和 天泽 春晖 百川 同心 明德 惠民 益康 长宁 广泽 弘康 润泽 嘉禾 "
    "瑞和 怡康 祥云 德馨 清和 景行 泰宁 宁安 朔方 凤城 塞上 金沙 沙湖 贺兰"
)
STREETS = {
    "63": words("胜利路 红卫路 民主路 双拥路 琼龙路 扎西科路 当代路 西杭路 德宁格路 格萨尔大街"),
    "64": words("解放街 中山街 民族街 北京路 上海路 黄河路 贺兰山路 正源街 亲水大街 宁安大街"),
}
# Numbers of staff, guardians and planted patients come from divisions of their own, so that none meets a patient's.
STAFF_REGIONS = ("630102", "630103", "630104", "630105", "630106", "632221", "632222", "632223")
GUARDIAN_REGIONS = ("632521", "632522", "632523", "632524", "632525", "632621")
CANARY_REGION = "632801"
_RESERVED = {*STAFF_REGIONS, *GUARDIAN_REGIONS, CANARY_REGION, *COUNTIES, *URBAN_DISTRICTS}


@cache
def elsewhere() -> tuple[str, ...]:
    """Counties outside the province's own in which patients may be born; still valid divisions all."""
    return tuple(
        code.code
        for code in codes.load("region").rows
        if code.code[4:] != "00" and code.valid_to is None and code.code not in _RESERVED
    )


@cache
def names() -> dict[str, str]:
    """Name of each county: its prefecture's name, then its own."""
    rows = {code.code: code.name_zh for code in codes.load("region").rows}
    return {code: rows.get(f"{code[:4]}00", "") + name for code, name in rows.items() if code[4:] != "00"}
