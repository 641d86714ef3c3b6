-- Practitioners, typed, coded and judged: `must_…` is false where the row breaks a rule.
select
    l.delivery, l.point_id, l.business_date, l.sequence, l.kind, l.row_number, l.faults, null as fen,
    l.practitioner_id,
    l.practitioner_name,
    certificate_type.code as certificate_type_code,
    l.certificate_number_token as practitioner_key,
    sex.code as sex_code,
    as_day(l.birth_date) as birth_date,
    l.phone_token,
    staff_category.code as staff_category_code,
    practice_category.code as practice_category_code,
    title.code as title_code,
    l.qualification_number,
    l.licence_number,
    as_day(l.first_registered_on) as first_registered_on,
    department.code as department_code,
    subject.code as subject_code,
    as_flag(l.is_active) as is_active,
    as_time(l.updated_at) as updated_at,
    l.practitioner_id is not null as must_have_practitioner,
    l.practitioner_name is not null as must_have_name,
    l.certificate_type_code is not null as must_have_certificate_type,
    l.certificate_type_code is null or certificate_type.code is not null as must_know_certificate_type,
    l.business_date between certificate_type.valid_from and certificate_type.valid_to as must_be_valid_certificate_type,
    l.certificate_number_token is not null as must_have_certificate,
    l.sex_code is not null as must_have_sex,
    l.sex_code is null or sex.code is not null as must_know_sex,
    l.business_date between sex.valid_from and sex.valid_to as must_be_valid_sex,
    l.birth_date is not null as must_have_birth_date,
    l.birth_date is null or as_day(l.birth_date) is not null as must_read_birth_date,
    is_recent(as_day(l.birth_date), l.business_date) as must_bound_birth_date,
    l.staff_category_code is not null as must_have_staff_category,
    l.staff_category_code is null or staff_category.code is not null as must_know_staff_category,
    l.business_date between staff_category.valid_from and staff_category.valid_to as must_be_valid_staff_category,
    l.first_registered_on is null or as_day(l.first_registered_on) is not null as must_read_first_registered_on,
    is_recent(as_day(l.first_registered_on), l.business_date) as must_bound_first_registered_on,
    l.department_code is not null as must_have_department,
    l.department_code is null or department.code is not null as must_know_department,
    l.business_date between department.valid_from and department.valid_to as must_be_valid_department,
    l.is_active is not null as must_have_active,
    l.is_active is null or as_flag(l.is_active) is not null as must_read_active,
    l.updated_at is not null as must_have_updated_at,
    l.updated_at is null or as_time(l.updated_at) is not null as must_read_updated_at,
    is_recent(as_time(l.updated_at), l.business_date) as must_bound_updated_at
from landed l
left join codes('certificate_type') certificate_type
    on certificate_type.dialect = l.dialect and certificate_type.written = l.certificate_type_code
left join codes('sex') sex on sex.dialect = l.dialect and sex.written = l.sex_code
left join codes('staff_category') staff_category
    on staff_category.dialect = l.dialect and staff_category.written = l.staff_category_code
left join codes('practice_category') practice_category
    on practice_category.dialect = l.dialect and practice_category.written = l.practice_category_code
left join codes('professional_title') title on title.dialect = l.dialect and title.written = l.title_code
left join codes('department') department on department.dialect = l.dialect and department.written = l.department_code
left join codes('subject') subject on subject.dialect = l.dialect and subject.written = l.subject_code
