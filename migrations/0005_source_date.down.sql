-- The schema of before has whole dates only: the first day of a month or a year
-- stands for it, and -infinity, which is no day, for a source without a date.
update source
set dated = coalesce(to_date(rpad(dated_text, 10, '-01-01'), 'YYYY-MM-DD'), '-infinity')
where dated is null;
alter table source drop column dated_text;
alter table source alter column dated set not null;
