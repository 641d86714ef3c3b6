"""Who works at a point: physicians by department, pharmacists, nurses, technicians; where they are registered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.province import names, places
from jobs.province.citizens import EPOCH, resident_numbers
from jobs.province.draws import Draws, Flags, Ints, entities
from jobs.province.plan import HOSPITAL, INTERNET, TOWNSHIP, Plan, Point, points_of
from jobs.province.text import dates, digits, flags, glue, pick, same, text, times

# Departments of a hospital in the order in which its physicians are dealt out to them, with their subject.
DEPARTMENTS = (
    ("03", "03.04"),
    ("02", "02"),
    ("07", "07.04"),
    ("04", "04.03"),
    ("05", "05.01"),
    ("03", "03.02"),
    ("20", "20"),
    ("10", "10"),
    ("11", "11"),
    ("12", "12"),
    ("13", "13"),
    ("03", "03.01"),
    ("16", "16.03"),
    ("15", "15.02"),
    ("17", "17"),
    ("50", "50.01"),
    ("51", "51.02"),
    ("04", "04.01"),
    ("03", "03.07"),
    ("05", "05.02"),
)
TOWNSHIP_DEPARTMENTS = (("02", "02"), ("02", "02"), ("51", "51.02"), ("02", "02"), ("07", "07.04"))
# Kind and level -> physicians, pharmacists, nurses, technicians.
HEADS = {
    (INTERNET, 4): (26, 3, 2, 0),
    (HOSPITAL, 3): (64, 6, 16, 6),
    (HOSPITAL, 2): (34, 4, 8, 4),
    (TOWNSHIP, 1): (5, 1, 2, 1),
}
LETTERS = ("D", "A", "N", "T")
TITLES = (
    ("231", "232", "233", "234"),
    ("242", "243", "244", "244"),
    ("252", "253", "254", "255"),
    ("262", "263", "264", "265"),
)
TITLE_SHARES = (0.1, 0.25, 0.35, 0.3)
CATEGORIES = ("11", "31", "21", "41")
# Of an Internet hospital's physicians this share works at a hospital of the province, too.
MULTI_SITE = 0.4
FIRST_BIRTH = -3_650  # 1960-01-04
BIRTH_DAYS = 13_500


@dataclass(frozen=True)
class Staff:
    """Everyone at a point, physicians first. home: point where the person works, too; 0 for nowhere else."""

    entity: Ints
    kind: Ints
    index: Ints
    department: Ints
    title: Ints
    home: Ints


def departments(point: Point) -> tuple[tuple[str, str], ...]:
    """Departments and subjects of a point, in the order in which physicians are dealt out."""
    return TOWNSHIP_DEPARTMENTS if point.kind == TOWNSHIP else DEPARTMENTS


@cache
def staff_of(plan: Plan, point: Point) -> Staff:
    """Everyone who works at a point."""
    heads = HEADS[point.kind, point.level]
    kind = np.repeat(np.arange(4), heads)
    index = np.concatenate([np.arange(count) for count in heads])
    own = entities(point.number, kind * 1_000 + index)
    draws = Draws(plan.seed, "staff")
    homes = [number for number in point.homes if points_of(plan.points)[number - 1].kind == HOSPITAL]
    home = np.zeros_like(index)
    if point.kind == INTERNET and homes:
        home = np.where((kind == 0) & draws.chance("is_multi_site", own, MULTI_SITE), homes[0], 0)
    return Staff(
        entity=np.where(home > 0, (home << 40) + index, own),
        kind=kind,
        index=index,
        department=np.where(kind == 0, index % len(departments(point)), 0),
        title=draws.weighted("title", own, TITLE_SHARES),
        home=home,
    )


def staff_numbers(kind: Any, index: Any) -> Any:
    """Staff numbers as the hospital writes them: D0001 for the first physician."""
    index = np.asarray(index)
    letters = np.frombuffer("".join(LETTERS).encode(), dtype=np.uint8)[np.broadcast_to(kind, index.shape)]
    return text(glue(len(index), letters[:, None], digits(index + 1, 4)))


def practitioners(plan: Plan, point: Point) -> pa.Table:
    """The register of practitioners as it was when the point was connected."""
    staff, draws = staff_of(plan, point), Draws(plan.seed, "staff")
    sex = 1 + draws.below("sex", staff.entity, 2)
    born, is_physician = _days_of_birth(staff), staff.kind == 0
    listed = departments(point)
    subjects = [subject for _, subject in listed]
    return pa.table(
        {
            "practitioner_id": staff_numbers(staff.kind, staff.index),
            "practitioner_name": names.full_names(draws, staff.entity, _ethnic(draws, staff.entity), sex),
            "certificate_type_code": same("01", len(sex)),
            "certificate_number": _certificates(staff, sex, born),
            "sex_code": pick(("1", "2"), sex - 1),
            "birth_date": dates(born),
            "phone": phones(draws, "phone", staff.entity),
            "staff_category_code": pick(CATEGORIES, staff.kind),
            "practice_category_code": pick(_practice(listed), staff.department, is_physician),
            "title_code": pick([code for codes in TITLES for code in codes], staff.kind * 4 + staff.title),
            "qualification_number": text(glue(len(sex), "2018631", digits(staff.entity % 10**9 + 10**9, 10))),
            "licence_number": text(
                glue(len(sex), "110", digits(staff.entity % 10**11 * 31 % 10**12, 12)), is_physician
            ),
            "first_registered_on": dates(born + 26 * 365 + draws.below("registered", staff.entity, 900), is_physician),
            "department_code": _departments(staff, listed),
            "subject_code": pick(subjects, staff.department, is_physician),
            "is_active": flags(np.ones(len(sex), dtype=bool)),
            "updated_at": times(_filed(plan, len(sex))),
        }
    )


def registrations(plan: Plan, point: Point) -> pa.Table:
    """Where the point's physicians are registered: here, and at their primary hospital where that is another."""
    staff = staff_of(plan, point)
    draws, physicians = Draws(plan.seed, "staff"), np.flatnonzero(staff.kind == 0)
    shared = np.flatnonzero(staff.home > 0)
    rows, is_here = np.concatenate([physicians, shared]), np.arange(len(physicians) + len(shared)) < len(physicians)
    born, entity = _days_of_birth(staff)[rows], staff.entity[rows]
    institutions = [each.institution for each in points_of(plan.points)]
    at = np.where(is_here, point.number, staff.home[rows])
    since = born + 27 * 365 + draws.below("since", entity, 900) + np.where(is_here & (staff.home[rows] > 0), 2_000, 0)
    since = np.minimum(since, plan.begin.toordinal() - EPOCH - 30)  # The young began before the first night, too.
    until = draws.chance("is_limited", entity, 0.2)
    return pa.table(
        {
            "practitioner_id": staff_numbers(staff.kind[rows], staff.index[rows]),
            "institution_code": pick(institutions, at - 1),
            "is_primary": flags(~(is_here & (staff.home[rows] > 0))),
            "registered_from": dates(since),
            "registered_to": dates(np.full(len(rows), plan.ending.toordinal() - EPOCH + 700), until),
            "subject_code": pick([subject for _, subject in departments(point)], staff.department[rows]),
            "updated_at": times(_filed(plan, len(rows))),
        }
    )


def phones(draws: Draws, field: str, entity: Ints) -> Any:
    """Mobile numbers."""
    prefixes = ("130", "133", "135", "137", "138", "139", "150", "152", "158", "159", "177", "181", "182", "187", "189")
    prefix = pick(prefixes, draws.below(f"{field}_prefix", entity, len(prefixes)))
    return pc.binary_join_element_wise(prefix, text(digits(draws.below(field, entity, 10**8), 8)), "")


def _filed(plan: Plan, count: int) -> Ints:
    """The registers' version: filed a month before the first day."""
    return np.full(count, (plan.begin.toordinal() - EPOCH - 30) * 86_400 + 9 * 3600)


def _days_of_birth(staff: Staff) -> Ints:
    """Between 1960 and 1996; no two of one point share one."""
    return FIRST_BIRTH + (staff.entity % (1 << 40) * 37 + (staff.entity >> 40) * 991) % BIRTH_DAYS


def _certificates(staff: Staff, sex: Ints, born: Ints) -> Any:
    point = staff.entity >> 40
    regions = np.array([int(code) for code in places.STAFF_REGIONS])
    return resident_numbers(regions[point // 450 % len(regions)], born, point % 450 * 2 + sex % 2)


def _ethnic(draws: Draws, entity: Ints) -> Ints:
    return np.array([names.HAN, names.TIBETAN, names.HUI])[draws.weighted("ethnic", entity, (0.5, 0.4, 0.1))]


def _practice(listed: tuple[tuple[str, str], ...]) -> list[str]:
    return ["2" if code == "12" else "4" if code in ("50", "51") else "1" for code, _ in listed]


def _departments(staff: Staff, listed: tuple[tuple[str, str], ...]) -> Any:
    """Physicians belong to theirs, pharmacists and nurses to others, technicians to the laboratory."""
    cells = [pick([code for code, _ in listed], staff.department)]
    cells += [same(code, len(staff.kind)) for code in ("69", "03", "30")]
    is_kind: list[Flags] = [staff.kind == kind for kind in range(4)]
    return pc.coalesce(*(pc.if_else(pa.array(at), cell, None) for at, cell in zip(is_kind, cells, strict=True)))
