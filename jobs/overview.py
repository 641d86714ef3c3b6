"""The province by month, for everybody: SQL over served marts."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.duck import KINDS
from warehouse_models.public import OVERVIEW
from warehouse_models.served import PEERS_AT_LEAST

SPENDING, PRESCRIPTIONS = "spending.income_composition", "supervision.prescription_profile"
# Months of so few institutions that one of them could guess the others' figures are left out.
SUMS = f"""
    select s.month, institutions, income, drug_income, material_income, visits,
        coalesce(prescriptions, 0) as prescriptions, coalesce(antibiotic_prescriptions, 0) as antibiotic_prescriptions
    from (
        select month, count(distinct institution_code) as institutions, sum(income) as income, sum(visits) as visits,
            sum(drug_income) as drug_income, coalesce(sum(income) filter (charge_bucket_code = 'material'), 0) as material_income
        from {SPENDING} group by month having count(distinct institution_code) > {PEERS_AT_LEAST}
    ) s left join (
        select month, sum(prescriptions) as prescriptions, sum(antibiotic_prescriptions) as antibiotic_prescriptions
        from {PRESCRIPTIONS} group by month
    ) p on p.month = s.month
"""
_TYPED = ", ".join(f"cast({column.name} as {KINDS[column.type]}) as {column.name}" for column in OVERVIEW.columns)
SQL = f"select {_TYPED} from ({SUMS})"


def can_be_made(names: Iterable[str]) -> bool:
    """Whether the marts of these names have all that it reads."""
    return {SPENDING, PRESCRIPTIONS} <= {*names}
