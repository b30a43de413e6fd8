drop function oversight_list;
drop index trail_change_oversight;
