drop view access_people, access_days;
drop function access_expire, access_note_lost, access_note;
drop table access_day, access_read;
