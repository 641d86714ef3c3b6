-- Prescriptions, typed, coded and judged: `must_…` is false where the row breaks a rule.
select
    l.delivery, l.point_id, l.business_date, l.sequence, l.kind, l.row_number, l.faults, l.fen,
    left(l.issued_at, 7) as month,
    l.prescription_id,
    l.encounter_id,
    l.patient_id,
    l.institution_code,
    department.code as department_code,
    l.practitioner_id,
    channel.code as channel_code,
    prescription_type.code as prescription_type_code,
    as_flag(l.is_long_term) as is_long_term,
    as_time(l.issued_at) as issued_at,
    as_count(l.valid_days) as valid_days,
    l.signature_number,
    as_time(l.signed_at) as signed_at,
    l.reviewer_id,
    as_time(l.reviewed_at) as reviewed_at,
    review_result.code as review_result_code,
    as_flag(l.is_rational) as is_rational,
    long_supply_reason.code as long_supply_reason_code,
    as_time(l.dispensed_at) as dispensed_at,
    delivery_type.code as delivery_type_code,
    status.code as status_code,
    as_flag(l.is_paid) as is_paid,
    as_yuan(l.fen) as amount,
    as_time(l.updated_at) as updated_at,
    coalesce(try_cast(left(l.issued_at, 10) as date), l.business_date) as event_on,
    l.prescription_id is not null as must_have_prescription,
    l.encounter_id is not null as must_have_encounter,
    l.patient_id is not null as must_have_patient,
    l.institution_code is not null as must_have_institution,
    is_institution(l.institution_code) as must_be_institution,
    l.department_code is not null as must_have_department,
    l.department_code is null or department.code is not null as must_know_department,
    event_on between department.valid_from and department.valid_to as must_be_valid_department,
    l.practitioner_id is not null as must_have_practitioner,
    l.channel_code is not null as must_have_channel,
    l.channel_code is null or channel.code is not null as must_know_channel,
    event_on between channel.valid_from and channel.valid_to as must_be_valid_channel,
    l.prescription_type_code is not null as must_have_type,
    l.prescription_type_code is null or prescription_type.code is not null as must_know_type,
    event_on between prescription_type.valid_from and prescription_type.valid_to as must_be_valid_type,
    l.is_long_term is null or as_flag(l.is_long_term) is not null as must_read_long_term,
    l.issued_at is not null as must_have_issued_at,
    l.issued_at is null or as_time(l.issued_at) is not null as must_read_issued_at,
    is_recent(as_time(l.issued_at), l.business_date) as must_bound_issued_at,
    l.valid_days is null or as_count(l.valid_days) is not null as must_read_valid_days,
    as_count(l.valid_days) between 1 and 90 as must_bound_valid_days,
    l.signed_at is null or as_time(l.signed_at) is not null as must_read_signed_at,
    is_recent(as_time(l.signed_at), l.business_date) as must_bound_signed_at,
    l.reviewed_at is null or as_time(l.reviewed_at) is not null as must_read_reviewed_at,
    is_recent(as_time(l.reviewed_at), l.business_date) as must_bound_reviewed_at,
    l.is_rational is null or as_flag(l.is_rational) is not null as must_read_rational,
    l.dispensed_at is null or as_time(l.dispensed_at) is not null as must_read_dispensed_at,
    is_recent(as_time(l.dispensed_at), l.business_date) as must_bound_dispensed_at,
    l.status_code is not null as must_have_status,
    l.status_code is null or status.code is not null as must_know_status,
    event_on between status.valid_from and status.valid_to as must_be_valid_status,
    l.is_paid is null or as_flag(l.is_paid) is not null as must_read_paid,
    l.amount is not null as must_have_amount,
    l.amount is null or as_yuan(l.fen) is not null as must_read_amount,
    as_yuan(l.fen) between -1000000 and 1000000 as must_bound_amount,
    l.updated_at is not null as must_have_updated_at,
    l.updated_at is null or as_time(l.updated_at) is not null as must_read_updated_at,
    is_recent(as_time(l.updated_at), l.business_date) as must_bound_updated_at
from landed l
left join codes('department') department on department.dialect = l.dialect and department.written = l.department_code
left join codes('channel') channel on channel.dialect = l.dialect and channel.written = l.channel_code
left join codes('prescription_type') prescription_type
    on prescription_type.dialect = l.dialect and prescription_type.written = l.prescription_type_code
left join codes('review_result') review_result
    on review_result.dialect = l.dialect and review_result.written = l.review_result_code
left join codes('long_supply_reason') long_supply_reason
    on long_supply_reason.dialect = l.dialect and long_supply_reason.written = l.long_supply_reason_code
left join codes('delivery_type') delivery_type
    on delivery_type.dialect = l.dialect and delivery_type.written = l.delivery_type_code
left join codes('prescription_status') status on status.dialect = l.dialect and status.written = l.status_code
