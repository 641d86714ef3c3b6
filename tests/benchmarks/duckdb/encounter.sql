-- Visits, typed, coded and judged: `must_…` is false where the row breaks a rule.
select
    l.delivery, l.point_id, l.business_date, l.sequence, l.kind, l.row_number, l.faults, null as fen,
    left(l.started_at, 7) as month,
    l.encounter_id,
    l.patient_id,
    certificate_type.code as certificate_type_code,
    l.certificate_number_token as person_key,
    l.institution_code,
    department.code as department_code,
    subject.code as subject_code,
    l.practitioner_id,
    channel.code as channel_code,
    visit_type.code as visit_type_code,
    consultation_kind.code as consultation_kind_code,
    as_flag(l.is_follow_up) as is_follow_up,
    as_count(l.prior_evidence_count) as prior_evidence_count,
    card_type.code as card_type_code,
    l.card_number_token,
    insurance_type.code as insurance_type_code,
    as_time(l.applied_at) as applied_at,
    as_time(l.consented_at) as consented_at,
    as_time(l.authenticated_at) as authenticated_at,
    as_time(l.started_at) as started_at,
    as_time(l.ended_at) as ended_at,
    as_flag(l.is_answered) as is_answered,
    refusal.code as refusal_code,
    as_flag(l.is_guided_offline) as is_guided_offline,
    as_flag(l.has_process_record) as has_process_record,
    l.signature_number,
    as_time(l.signed_at) as signed_at,
    l.guardian_name_token,
    guardian_type.code as guardian_certificate_type_code,
    l.guardian_certificate_number_token,
    l.guardian_phone_token,
    as_time(l.updated_at) as updated_at,
    coalesce(try_cast(left(l.started_at, 10) as date), l.business_date) as event_on,
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
    l.visit_type_code is not null as must_have_visit_type,
    l.visit_type_code is null or visit_type.code is not null as must_know_visit_type,
    event_on between visit_type.valid_from and visit_type.valid_to as must_be_valid_visit_type,
    l.is_follow_up is not null as must_have_follow_up,
    l.is_follow_up is null or as_flag(l.is_follow_up) is not null as must_read_follow_up,
    l.prior_evidence_count is null or as_count(l.prior_evidence_count) is not null as must_read_prior_evidence,
    l.applied_at is null or as_time(l.applied_at) is not null as must_read_applied_at,
    is_recent(as_time(l.applied_at), l.business_date) as must_bound_applied_at,
    l.consented_at is null or as_time(l.consented_at) is not null as must_read_consented_at,
    is_recent(as_time(l.consented_at), l.business_date) as must_bound_consented_at,
    l.authenticated_at is null or as_time(l.authenticated_at) is not null as must_read_authenticated_at,
    is_recent(as_time(l.authenticated_at), l.business_date) as must_bound_authenticated_at,
    l.started_at is not null as must_have_started_at,
    l.started_at is null or as_time(l.started_at) is not null as must_read_started_at,
    is_recent(as_time(l.started_at), l.business_date) as must_bound_started_at,
    l.ended_at is null or as_time(l.ended_at) is not null as must_read_ended_at,
    is_recent(as_time(l.ended_at), l.business_date) as must_bound_ended_at,
    l.is_answered is not null as must_have_answered,
    l.is_answered is null or as_flag(l.is_answered) is not null as must_read_answered,
    l.is_guided_offline is null or as_flag(l.is_guided_offline) is not null as must_read_guided_offline,
    l.has_process_record is null or as_flag(l.has_process_record) is not null as must_read_process_record,
    l.signed_at is null or as_time(l.signed_at) is not null as must_read_signed_at,
    is_recent(as_time(l.signed_at), l.business_date) as must_bound_signed_at,
    l.updated_at is not null as must_have_updated_at,
    l.updated_at is null or as_time(l.updated_at) is not null as must_read_updated_at,
    is_recent(as_time(l.updated_at), l.business_date) as must_bound_updated_at,
    as_time(l.ended_at) >= as_time(l.started_at) as must_end_after_start
from landed l
left join codes('certificate_type') certificate_type
    on certificate_type.dialect = l.dialect and certificate_type.written = l.certificate_type_code
left join codes('department') department on department.dialect = l.dialect and department.written = l.department_code
left join codes('subject') subject on subject.dialect = l.dialect and subject.written = l.subject_code
left join codes('channel') channel on channel.dialect = l.dialect and channel.written = l.channel_code
left join codes('visit_type') visit_type on visit_type.dialect = l.dialect and visit_type.written = l.visit_type_code
left join codes('consultation_kind') consultation_kind
    on consultation_kind.dialect = l.dialect and consultation_kind.written = l.consultation_kind_code
left join codes('card_type') card_type on card_type.dialect = l.dialect and card_type.written = l.card_type_code
left join codes('insurance_type') insurance_type
    on insurance_type.dialect = l.dialect and insurance_type.written = l.insurance_type_code
left join codes('refusal') refusal on refusal.dialect = l.dialect and refusal.written = l.refusal_code
left join codes('certificate_type') guardian_type
    on guardian_type.dialect = l.dialect and guardian_type.written = l.guardian_certificate_type_code
