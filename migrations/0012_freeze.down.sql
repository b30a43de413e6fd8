create or replace function credential_stands(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or d.status = 'closed' then 'no'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        left join public.delegation d on d.id = g.delegation
        where t.id = credential), 'no');
end $$;
drop table token_freeze;
drop function token_freeze_is_bounded;
drop function token_freeze_only_ends;
drop function actor_may_freeze;
drop function token_can_be_spared;
