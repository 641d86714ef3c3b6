-- Diagnoses of visits, typed, coded and judged: `must_…` is false where the row breaks a rule.
select
    l.delivery, l.point_id, l.business_date, l.sequence, l.kind, l.row_number, l.faults, null as fen,
    left(l.diagnosed_at, 7) as month,
    l.encounter_id,
    as_count(l.diagnosis_number) as diagnosis_number,
    role.code as diagnosis_role_code,
    diagnosis.code as diagnosis_code,
    as_time(l.diagnosed_at) as diagnosed_at,
    as_time(l.updated_at) as updated_at,
    coalesce(try_cast(left(l.diagnosed_at, 10) as date), l.business_date) as event_on,
    l.encounter_id is not null as must_have_encounter,
    l.diagnosis_number is not null as must_have_number,
    l.diagnosis_number is null or as_count(l.diagnosis_number) is not null as must_read_number,
    as_count(l.diagnosis_number) between 1 and 99 as must_bound_number,
    l.diagnosis_role_code is not null as must_have_role,
    l.diagnosis_role_code is null or role.code is not null as must_know_role,
    event_on between role.valid_from and role.valid_to as must_be_valid_role,
    l.diagnosis_code is not null as must_have_diagnosis,
    l.diagnosis_code is null or diagnosis.code is not null as must_know_diagnosis,
    event_on between diagnosis.valid_from and diagnosis.valid_to as must_be_valid_diagnosis,
    l.diagnosed_at is not null as must_have_diagnosed_at,
    l.diagnosed_at is null or as_time(l.diagnosed_at) is not null as must_read_diagnosed_at,
    is_recent(as_time(l.diagnosed_at), l.business_date) as must_bound_diagnosed_at,
    l.updated_at is not null as must_have_updated_at,
    l.updated_at is null or as_time(l.updated_at) is not null as must_read_updated_at,
    is_recent(as_time(l.updated_at), l.business_date) as must_bound_updated_at
from landed l
left join codes('diagnosis_role') role on role.dialect = l.dialect and role.written = l.diagnosis_role_code
left join codes('icd10') diagnosis on diagnosis.dialect = l.dialect and diagnosis.written = l.diagnosis_code
