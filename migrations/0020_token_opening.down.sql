create or replace function credential_is_strong(credential uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return not exists (
        select from public.session s
        where s.id = credential and (s.strong_until is null or s.strong_until <= clock_timestamp()));
end $$;
drop function credential_strength;
drop table token_opening;
drop function token_may_open;
