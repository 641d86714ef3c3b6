-- Drugs in use, typed, coded and judged: `must_…` is false where the row breaks a rule.
select
    l.delivery, l.point_id, l.business_date, l.sequence, l.kind, l.row_number, l.faults, null as fen,
    l.drug_code,
    l.drug_name,
    l.trade_name,
    l.national_drug_code,
    l.approval_number,
    drug_class.code as drug_class_code,
    antibiotic_tier.code as antibiotic_tier_code,
    special_control.code as special_control_code,
    dosage_form.code as dosage_form_code,
    l.specification,
    l.pack,
    l.manufacturer,
    as_number(l.unit_price) as unit_price,
    as_number(l.defined_daily_dose) as defined_daily_dose,
    as_flag(l.is_essential) as is_essential,
    as_flag(l.is_otc) as is_otc,
    as_flag(l.is_in_use) as is_in_use,
    as_time(l.updated_at) as updated_at,
    l.drug_code is not null as must_have_drug,
    l.drug_name is not null as must_have_name,
    is_national_drug(l.national_drug_code) as must_be_national_drug,
    regexp_full_match(l.approval_number, '国药准字[HZSJBTF]J?\d{8}') as must_be_approval,
    l.drug_class_code is not null as must_have_class,
    l.drug_class_code is null or drug_class.code is not null as must_know_class,
    l.business_date between drug_class.valid_from and drug_class.valid_to as must_be_valid_class,
    l.specification is not null as must_have_specification,
    l.unit_price is not null as must_have_unit_price,
    l.unit_price is null or as_number(l.unit_price) is not null as must_read_unit_price,
    as_number(l.unit_price) between 0 and 200000 as must_bound_unit_price,
    l.defined_daily_dose is null or as_number(l.defined_daily_dose) is not null as must_read_daily_dose,
    as_number(l.defined_daily_dose) >= 0 as must_bound_daily_dose,
    l.is_essential is null or as_flag(l.is_essential) is not null as must_read_essential,
    l.is_otc is null or as_flag(l.is_otc) is not null as must_read_otc,
    l.is_in_use is not null as must_have_in_use,
    l.is_in_use is null or as_flag(l.is_in_use) is not null as must_read_in_use,
    l.updated_at is not null as must_have_updated_at,
    l.updated_at is null or as_time(l.updated_at) is not null as must_read_updated_at,
    is_recent(as_time(l.updated_at), l.business_date) as must_bound_updated_at
from landed l
left join codes('drug_class') drug_class on drug_class.dialect = l.dialect and drug_class.written = l.drug_class_code
left join codes('antibiotic_tier') antibiotic_tier
    on antibiotic_tier.dialect = l.dialect and antibiotic_tier.written = l.antibiotic_tier_code
left join codes('special_control') special_control
    on special_control.dialect = l.dialect and special_control.written = l.special_control_code
left join codes('dosage_form') dosage_form
    on dosage_form.dialect = l.dialect and dosage_form.written = l.dosage_form_code
