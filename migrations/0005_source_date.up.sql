-- A source is dated as precisely as whoever published it says: 2021, 2021-03,
-- 2021-03-28, or not at all. A program of before this writes whole dates into
-- dated and reads them there; what it did not write stands in dated_text.
alter table source alter column dated drop not null;
alter table source add column dated_text text
    constraint source_dated_text_form check (dated_text ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$');
