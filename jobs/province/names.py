"""Chinese names of people: Han, Hui and Tibetan, some with characters that few fonts have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.province.draws import Draws, Flags, Ints
from jobs.province.text import pick, words

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹"
    "孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
# Frequency falls about as one over the rank.
SURNAME_WEIGHTS = [1.0 / (rank + 6) for rank in range(len(SURNAMES))]
HUI_SURNAMES = "马马马马马丁杨李白哈金王周田陈纳"
GIVEN_MALE = "伟强磊军勇杰涛斌超明刚平辉鹏华飞鑫波宇浩亮凯健俊帆志建国文海林峰龙东新永成立德庆福忠义良山川晨阳博轩泽睿"
GIVEN_FEMALE = "芳娜秀敏静丽艳娟霞燕玲婷雪梅兰英红玉萍莉琴云洁丹慧琳晶倩颖佳悦欣怡妍蕾璐彤萱语桂珍香莲凤春花月秋菊"
TIBETAN_FIRST = words(
    "扎西 才仁 尼玛 达瓦 索南 仁青 旦增 洛桑 格桑 巴桑 次仁 白玛 嘎玛 普布 江巴 "
    "昂文 丁增 土登 桑周 更求 尕松 布周 成林 求吉 俄金 文毛"
)
TIBETAN_MALE = words("多杰 才让 旺修 尼玛 达杰 扎西 江才 文扎 巴丁 群培 旦周 求培 生格 松保 永江 东周")
TIBETAN_FEMALE = words("卓玛 拉毛 央金 卓嘎 德吉 拉姆 措毛 吉措 永措 白措 央吉 巴毛 青措 文措 求忠 群措")
# Two bytes in no encoding: 喆 and 堃 are common enough, the others stand outside GBK and take four bytes in GB18030.
RARE = words("喆 堃 犇 骉 㛃 䶮 㑇 𠮷 𫟹 𬱖 𡵆 𩽾 𠅤 𪚥 𬀩 𠀀")
RARE_SHARE = 0.01
# Surnames that only planted patients bear.
CANARY_SURNAMES = words("逯 亓 佴 緱 缑 璩 郤 鄢 隗 禤 郏 妫 洗 昝 贠 麹 郗 鞠 厍 逄 仉 僪 呙 闞 乜")
HAN, HUI, TIBETAN = 1, 3, 4


def full_names(draws: Draws, entity: Ints, ethnic: Ints, sex: Ints) -> Any:
    """Names of people; `ethnic` is the number in GB 3304, `sex` 1 or 2."""
    first = pick(TIBETAN_FIRST, draws.below("first", entity, len(TIBETAN_FIRST)))
    second = _by_sex(draws, ("second", entity, sex), (TIBETAN_MALE, TIBETAN_FEMALE))
    tibetan = pc.binary_join_element_wise(first, second, "")
    return pc.if_else(pa.array(ethnic == TIBETAN), tibetan, _han_names(draws, entity, ethnic == HUI, sex))


def _han_names(draws: Draws, entity: Ints, is_hui: Flags, sex: Ints) -> Any:
    """Surname and one or two characters, one of which may be rare."""
    common = pick(list(SURNAMES), draws.weighted("surname", entity, SURNAME_WEIGHTS))
    hui = pick(list(HUI_SURNAMES), draws.below("hui_surname", entity, len(HUI_SURNAMES)))
    given = (list(GIVEN_MALE), list(GIVEN_FEMALE))
    rare = pick(RARE, draws.below("rare", entity, len(RARE)))
    is_rare = pa.array(draws.chance("is_rare", entity, RARE_SHARE))
    first = pc.if_else(is_rare, rare, _by_sex(draws, ("given", entity, sex), given))
    is_single = pa.array(draws.chance("is_single", entity, 0.2))
    second = pc.if_else(is_single, "", _by_sex(draws, ("given_second", entity, sex), given))
    return pc.binary_join_element_wise(pc.if_else(pa.array(is_hui), hui, common), first, second, "")


def _by_sex(draws: Draws, drawn: tuple[str, Ints, Ints], lists: tuple[list[str], list[str]]) -> Any:
    """A part of a name from the list for men or that for women. drawn: field, entity, sex."""
    field, entity, sex = drawn
    men, women = lists
    begin, count = np.where(sex == 1, 0, len(men)), np.where(sex == 1, len(men), len(women))
    return pick([*men, *women], begin + draws.below(field, entity, count))
