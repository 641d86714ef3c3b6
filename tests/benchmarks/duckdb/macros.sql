-- How cells are read, the same for every table. A cell that is not of its type becomes null.
create macro as_time(cell) as
    try_cast(case when length(cell) = 19 and cell[8] = '-' and cell[14] = ':' then cell end as timestamp);
create macro as_day(cell) as try_cast(case when length(cell) = 10 and cell[8] = '-' then cell end as date);
create macro as_number(cell) as try_cast(cell as decimal(18, 4));
create macro as_count(cell) as try_cast(case when not contains(cell, '.') then cell end as integer);
create macro as_yuan(fen) as cast(try_cast(fen as decimal(15, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2));
create macro as_flag(cell) as case cell when '1' then true when '0' then false end;

-- Times and days from 1900 to the day after the business date.
create macro is_recent(moment, business_date) as moment >= timestamp '1900-01-01' and moment < business_date + 2;
create macro is_institution(cell) as
    regexp_full_match(cell, '[0-9A-Z]{8}[0-9X][0-9]{6}[0-9]{2}[A-Z][0-9]{3}[129]');
create macro is_national_drug(cell) as
    regexp_full_match(cell, 'X[A-Z]\d{2}[A-Z]{2}[A-Z]\d{3}[A-Z]\d{3}\d{4}\d{5}|Z[A-Z]\d{2}[A-Z]{2}[A-Z]\d{4}\d{4}\d{5}|T\d{9}');

-- What each dialect may write for the codes of a list.
create macro codes(name) as table
    select dialect, written, code, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
    from crosswalk where list = name;

-- An exact quotient of whole numbers, rounded half away from zero to four places; floating point would miss ties.
create macro quotient(a, b) as cast(
    sign(a) * sign(b) * ((20000 * abs(cast(a as hugeint)) + abs(b)) // (2 * abs(nullif(b, 0)))) as decimal(22, 0)
) * cast(0.0001 as decimal(5, 4));
create macro fen(amount) as cast(amount * 100 as bigint);

-- Check characters of GB 11714 and GB 32100.
create macro weighed(cell, alphabet, weights) as
    cast(list_sum([(strpos(alphabet, cell[place]) - 1) * weights[place] for place in range(1, len(weights) + 1)]) as integer);
create macro checks_organization(cell) as
    cell[9] = '0123456789X'[(11 - weighed(cell, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', [3, 7, 9, 10, 5, 8, 4, 2]) % 11) % 11 + 1];
create macro checks_credit(cell) as
    cell[18] = '0123456789ABCDEFGHJKLMNPQRTUWXY'[(31 - weighed(cell, '0123456789ABCDEFGHJKLMNPQRTUWXY',
        [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]) % 31) % 31 + 1];
