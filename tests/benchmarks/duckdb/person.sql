-- Patients, typed, coded and judged: `must_…` is false where the row breaks a rule.
select
    l.delivery, l.point_id, l.business_date, l.sequence, l.kind, l.row_number, l.faults, null as fen,
    l.patient_id,
    certificate_type.code as certificate_type_code,
    l.certificate_number_token as person_key,
    l.name_token,
    sex.code as sex_code,
    as_day(l.birth_date) as birth_date,
    ethnic.code as ethnic_code,
    marital.code as marital_code,
    l.phone_token,
    l.address_token,
    region.code as region_code,
    card_type.code as card_type_code,
    l.card_number_token,
    insurance_type.code as insurance_type_code,
    l.guardian_name_token,
    guardian_type.code as guardian_certificate_type_code,
    l.guardian_certificate_number_token,
    l.guardian_phone_token,
    as_time(l.registered_at) as registered_at,
    as_time(l.updated_at) as updated_at,
    l.patient_id is not null as must_have_patient,
    l.certificate_type_code is not null as must_have_certificate_type,
    l.certificate_type_code is null or certificate_type.code is not null as must_know_certificate_type,
    l.business_date between certificate_type.valid_from and certificate_type.valid_to as must_be_valid_certificate_type,
    l.certificate_number_token is not null as must_have_certificate,
    l.name_token is not null as must_have_name,
    l.sex_code is not null as must_have_sex,
    l.sex_code is null or sex.code is not null as must_know_sex,
    l.business_date between sex.valid_from and sex.valid_to as must_be_valid_sex,
    l.birth_date is not null as must_have_birth_date,
    l.birth_date is null or as_day(l.birth_date) is not null as must_read_birth_date,
    is_recent(as_day(l.birth_date), l.business_date) as must_bound_birth_date,
    l.registered_at is not null as must_have_registered_at,
    l.registered_at is null or as_time(l.registered_at) is not null as must_read_registered_at,
    is_recent(as_time(l.registered_at), l.business_date) as must_bound_registered_at,
    l.updated_at is not null as must_have_updated_at,
    l.updated_at is null or as_time(l.updated_at) is not null as must_read_updated_at,
    is_recent(as_time(l.updated_at), l.business_date) as must_bound_updated_at
from landed l
left join codes('certificate_type') certificate_type
    on certificate_type.dialect = l.dialect and certificate_type.written = l.certificate_type_code
left join codes('sex') sex on sex.dialect = l.dialect and sex.written = l.sex_code
left join codes('ethnic_group') ethnic on ethnic.dialect = l.dialect and ethnic.written = l.ethnic_code
left join codes('marital_status') marital on marital.dialect = l.dialect and marital.written = l.marital_code
left join codes('region') region on region.dialect = l.dialect and region.written = l.region_code
left join codes('card_type') card_type on card_type.dialect = l.dialect and card_type.written = l.card_type_code
left join codes('insurance_type') insurance_type
    on insurance_type.dialect = l.dialect and insurance_type.written = l.insurance_type_code
left join codes('certificate_type') guardian_type
    on guardian_type.dialect = l.dialect and guardian_type.written = l.guardian_certificate_type_code
