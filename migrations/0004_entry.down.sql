drop policy trail_content_select on trail_content;
drop policy trail_change_history on trail_change;
drop policy trail_change_trail on trail_change;
drop view withheld_entry;
drop function contact_reached_by, state_has_technical_contact, state_is_represented;
drop table strategy, contact_key, channel, contact, organisation, source, external_id, entry;
drop function attests_only;
