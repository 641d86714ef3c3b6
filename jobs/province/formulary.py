"""What a point prescribes and charges: its drug catalogue and its price list."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np
import pyarrow as pa

from jobs.province.citizens import EPOCH
from jobs.province.conditions import conditions, reference
from jobs.province.draws import Draws, Flags, Ints, entities
from jobs.province.plan import INTERNET, TOWNSHIP, Plan, Point
from jobs.province.text import digits, flags, glue, pick, same, text, times, words
from warehouse_models import codes

# A price is held in ticks: hundredths of a fen, the smallest a unit price may have.
TICK = 100
MANUFACTURERS = words(
    "青海三江药业有限公司 宁夏朔方制药有限公司 四川岷江药业股份有限公司 河北燕赵制药有限公司 "
    "江苏淮海药业有限公司 浙江之江制药股份有限公司 山东岱宗药业有限公司 广东岭南制药有限公司"
)
BRANDS = words("康泽 安立 欣悦 倍宁 达舒 诺和平 益心宝 可利清")
DEAR_FOR_TOWNSHIP = 150.0


@dataclass(frozen=True)
class Formulary:
    """Drugs at a point, by row of the reference list. number: of its own code. price: ticks. choices: drugs for each
    illness, -1 after the last; lengths: how many there are. herbs: rows of herbs."""

    is_kept: Flags
    number: Ints
    price: Ints
    choices: Ints
    lengths: Ints
    herbs: Ints


@dataclass(frozen=True)
class Services:
    """Items that a point charges, by row of the reference list. price: fen."""

    codes: tuple[str, ...]
    charge_types: tuple[str, ...]
    price: Ints
    row: dict[str, int]


@cache
def drug_rows() -> list[dict[str, str]]:
    """The reference list of drugs."""
    return reference("drugs")


@cache
def formulary(plan: Plan, point: Point) -> Formulary:
    """What a point keeps: a township center the cheap essential drugs, an Internet hospital nothing controlled."""
    rows, draws = drug_rows(), Draws(plan.seed, "drug")
    entity = entities(point.number, np.arange(len(rows)))
    is_kept = np.array([_may_keep(point, row) for row in rows]) & draws.chance("is_kept", entity, 0.93)
    ticks = np.array([int(Decimal(row["price"]) * 100 * TICK) for row in rows])
    is_herb = np.array([row["national_drug_code"].startswith("T") for row in rows])
    factor = draws.between("price", entity, 94, 112)
    price = np.where(is_herb, ticks * factor // 100, (ticks * factor // 100 // TICK) * TICK)
    lists = [[drug for drug in drugs if is_kept[drug]] for drugs in conditions().drugs]
    choices = np.full((len(lists), max(map(len, lists))), -1)
    for illness, drugs in enumerate(lists):
        choices[illness, : len(drugs)] = drugs
    lengths = np.array([len(drugs) for drugs in lists])
    number = (np.arange(len(rows)) * 7 + point.number * 17) % 9_973
    return Formulary(
        is_kept, number, np.maximum(price, TICK // 10), choices, lengths, np.flatnonzero(is_kept & is_herb)
    )


def _may_keep(point: Point, row: dict[str, str]) -> bool:
    if point.kind == TOWNSHIP:
        plain = row["antibiotic_tier_code"] in ("", "1") and not row["special_control_code"]
        return plain and row["is_essential"] == "1" and float(row["price"]) < DEAR_FOR_TOWNSHIP
    return point.kind != INTERNET or (not row["special_control_code"] and row["antibiotic_tier_code"] != "3")


def catalogue(plan: Plan, point: Point) -> pa.Table:
    """The drug catalogue as it was when the point was connected."""
    kept = formulary(plan, point)
    at = np.flatnonzero(kept.is_kept)
    rows, draws = [drug_rows()[row] for row in at], Draws(plan.seed, "drug")
    entity = entities(point.number, at)
    filed = (plan.begin.toordinal() - EPOCH - 30) * 86_400 + 10 * 3600
    delivered = {
        name: pa.array([row[name] or None for row in rows], pa.string())
        for name in ("drug_name", "national_drug_code", "approval_number", "drug_class_code", "antibiotic_tier_code")
    }
    more = ("special_control_code", "dosage_form_code", "specification", "pack", "is_essential", "is_otc")
    return pa.table(
        {
            "drug_code": drug_codes(kept, at),
            **delivered,
            **{name: pa.array([row[name] or None for row in rows], pa.string()) for name in more},
            "trade_name": pick(BRANDS, draws.below("brand", at, len(BRANDS)), draws.chance("is_branded", at, 0.3)),
            "manufacturer": pick(MANUFACTURERS, draws.below("maker", at, len(MANUFACTURERS))),
            "unit_price": prices(kept.price[at]),
            "defined_daily_dose": pa.array([_daily_dose(row) for row in rows], pa.string()),
            "is_in_use": flags(~draws.chance("is_retired", entity, 0.01)),
            "updated_at": same(times(np.array([filed]))[0].as_py(), len(at)),
        }
    )


def drug_codes(kept: Formulary, rows: Ints) -> pa.Array:
    """The hospital's own codes of drugs."""
    return text(glue(len(rows), "Y", digits(kept.number[rows], 5)))


def prices(ticks: Ints) -> pa.Array:
    """Unit prices in yuan: two decimals, or four where the price has them."""
    values, at = np.unique(ticks, return_inverse=True)
    return pick([_price(int(value)) for value in values], at)


def _price(ticks: int) -> str:
    yuan, rest = divmod(ticks, 100 * TICK)
    return f"{yuan}.{rest // TICK:02d}" if rest % TICK == 0 else f"{yuan}.{rest:04d}"


def _daily_dose(row: dict[str, str]) -> str | None:
    """Dose times takings a day; unknown where the frequency has no number."""
    often = codes.load("frequency").code(row["frequency_code"]).extra["times_per_day"]
    if not often:
        return None
    return f"{(Decimal(row['dose']) * Decimal(often)).quantize(Decimal('0.0001')):f}".rstrip("0").rstrip(".")


@cache
def services(level: int) -> Services:
    """The price list of hospitals of a level."""
    rows = reference("service_items")
    item_codes = tuple(row["national_item_code"] for row in rows)
    return Services(
        codes=item_codes,
        charge_types=tuple(row["charge_type_code"] for row in rows),
        price=np.array([int(Decimal(row[f"price_level_{level}"]) * 100) for row in rows]),
        row={code: number for number, code in enumerate(item_codes)},
    )


def fens_of(quantity: Ints, ticks: Ints) -> Ints:
    """Quantity times price, rounded half up to the fen."""
    return (quantity * ticks + TICK // 2) // TICK
