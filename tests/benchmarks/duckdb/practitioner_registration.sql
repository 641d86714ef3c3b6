-- Registrations of practitioners, typed, coded and judged: `must_…` is false where the row breaks a rule.
select
    l.delivery, l.point_id, l.business_date, l.sequence, l.kind, l.row_number, l.faults, null as fen,
    l.practitioner_id,
    l.institution_code,
    as_flag(l.is_primary) as is_primary,
    as_day(l.registered_from) as registered_from,
    as_day(l.registered_to) as registered_to,
    subject.code as subject_code,
    as_time(l.updated_at) as updated_at,
    l.practitioner_id is not null as must_have_practitioner,
    l.institution_code is not null as must_have_institution,
    is_institution(l.institution_code) as must_be_institution,
    l.is_primary is not null as must_have_primary,
    l.is_primary is null or as_flag(l.is_primary) is not null as must_read_primary,
    l.registered_from is not null as must_have_from,
    l.registered_from is null or as_day(l.registered_from) is not null as must_read_from,
    is_recent(as_day(l.registered_from), l.business_date) as must_bound_from,
    l.registered_to is null or as_day(l.registered_to) is not null as must_read_to,
    as_day(l.registered_to) >= date '1900-01-01' as must_bound_to,
    l.updated_at is not null as must_have_updated_at,
    l.updated_at is null or as_time(l.updated_at) is not null as must_read_updated_at,
    is_recent(as_time(l.updated_at), l.business_date) as must_bound_updated_at,
    as_day(l.registered_to) >= as_day(l.registered_from) as must_end_after_start
from landed l
left join codes('subject') subject on subject.dialect = l.dialect and subject.written = l.subject_code
