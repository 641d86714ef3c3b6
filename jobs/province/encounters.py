"""Rows of visits and of their diagnoses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from jobs.province import people
from jobs.province.calendar import MINUTE
from jobs.province.conditions import conditions
from jobs.province.draws import Draws, Flags, Ints
from jobs.province.plan import Plan
from jobs.province.staff import staff_numbers
from jobs.province.text import blank, digits, flags, glue, integers, pick, same, text, times
from jobs.province.visits import PLACES, Visits

# Extracts are drawn half an hour after midnight; nothing in them is younger.
LATEST = 24 * 3600 + 25 * MINUTE


def encounter_ids(visits: Visits) -> pa.Array:
    """Date and number within the day."""
    return text(digits(visits.number, 13))


def common(visits: Visits, at: Ints) -> dict[str, Any]:
    """Columns that children of a visit repeat: where, by whom, in which channel. at: index of the visit of each row."""
    return {
        "institution_code": same(visits.point.institution, len(at)),
        "department_code": pick([code for code, _ in PLACES], visits.place[at]),
        "practitioner_id": staff_numbers(0, visits.physician[at]),
        "channel_code": pick(("1", "2"), visits.is_online[at]),
    }


def capped(visits: Visits, at: Ints, seconds: Ints) -> Ints:
    """Times not younger than the extract of the visit's day."""
    return np.minimum(seconds, visits.day[at] * 86_400 + LATEST)


def encounter_rows(plan: Plan, visits: Visits) -> pa.Table:
    """Rows of the encounter table."""
    draws, entity, every = Draws(plan.seed, "encounter"), visits.entity, np.arange(len(visits.day))
    online, answered = visits.is_online, visits.is_answered
    ended = np.where(answered, visits.ended, visits.started)
    updated = capped(visits, every, ended + draws.between("filed", entity, MINUTE, 12 * MINUTE))
    return pa.table(
        {
            "encounter_id": encounter_ids(visits),
            "patient_id": people.patient_ids(visits.point, visits.patient),
            **people.certificates(plan, visits.people),
            **common(visits, every),
            "subject_code": pick([subject for _, subject in PLACES], visits.place),
            "visit_type_code": pick(("1", "2"), visits.is_emergency),
            "consultation_kind_code": pick(("1", "4"), visits.kind == 4, online),
            "is_follow_up": flags(visits.is_follow_up),
            "prior_evidence_count": integers(_evidence(draws, visits), online & (visits.kind == 4)),
            **people.cards(plan, visits.point, visits.people),
            "applied_at": times(visits.applied),
            "consented_at": times(visits.applied + draws.between("consent", entity, 5, 200), online),
            "authenticated_at": times(visits.started - draws.between("login", entity, 20, 300), online & answered),
            "started_at": times(visits.started),
            "ended_at": times(visits.ended, answered),
            "is_answered": flags(answered),
            "refusal_code": pick(("1", "2"), draws.chance("is_timeout", entity, 0.6), ~answered),
            "is_guided_offline": flags(draws.chance("is_guided", entity, 0.03), online),
            "has_process_record": flags(draws.chance("has_record", entity, 0.98), online & answered),
            "signature_number": blank(signatures(visits, every), answered),
            "signed_at": times(np.minimum(visits.ended + 30, updated), answered),
            **people.guardians(plan, visits.people, visits.day),
            "updated_at": times(updated),
        }
    )


def signatures(visits: Visits, at: Ints) -> pa.Array:
    """Serial numbers of the physicians' signature certificates."""
    serial = digits(visits.point.number * 100_000 + visits.physician[at], 10)
    return text(glue(len(at), "CA", serial))


def _evidence(draws: Draws, visits: Visits) -> Ints:
    """Proofs kept of an earlier diagnosis; sometimes none."""
    found = draws.weighted("evidence", visits.entity, (0.03, 0.6, 0.27, 0.1))
    return np.where(visits.is_follow_up, found, 0)


def diagnosis_rows(plan: Plan, visits: Visits) -> pa.Table:
    """Rows of the diagnosis table: the main one, the chronic one beside it, the one a follow-up online rests on."""
    draws = Draws(plan.seed, "diagnosis")
    roles = _roles(draws, visits)
    at = np.concatenate([np.flatnonzero(has) for has, _ in roles])
    role = np.repeat(np.arange(3), [int(has.sum()) for has, _ in roles])
    illness = np.concatenate([illness[has] for has, illness in roles])
    order = np.lexsort((role, at))
    at, role, illness = at[order], role[order], illness[order]
    number = np.arange(len(at)) - np.searchsorted(at, at)
    length = visits.ended[at] - visits.started[at]
    diagnosed = visits.started[at] + (length * (0.3 + 0.6 * draws.uniform("when", visits.entity[at]))).astype(np.int64)
    updated = capped(visits, at, visits.ended[at] + draws.between("filed", visits.entity[at], 30, 10 * MINUTE))
    return pa.table(
        {
            "encounter_id": encounter_ids(visits).take(pa.array(at)),
            "diagnosis_number": integers(number + 1),
            "diagnosis_role_code": pick(("1", "2", "3"), role),
            "diagnosis_code": pick(conditions().codes, illness),
            "diagnosed_at": times(diagnosed),
            "updated_at": times(updated),
        }
    )


def _roles(draws: Draws, visits: Visits) -> tuple[tuple[Flags, Ints], ...]:
    """For each role which visits have such a diagnosis, and which illness it is."""
    has_other = (visits.chronic >= 0) & (visits.chronic != visits.illness) & draws.chance("other", visits.entity, 0.5)
    treated = visits.is_treated
    return (
        (treated, visits.illness),
        (treated & has_other, visits.chronic),
        (treated & visits.is_online & visits.is_follow_up, visits.illness),
    )
