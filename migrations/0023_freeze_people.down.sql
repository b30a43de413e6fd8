create or replace function credential_stands(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or g.since > clock_timestamp() or g.until <= clock_timestamp()
                or d.status = 'closed' then 'no'
            when exists (select from public.token_freeze f where f.token = t.id and f.lifted_at is null and f.until > clock_timestamp()) then 'frozen'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        left join public.delegation d on d.id = g.delegation
        where t.id = credential), (
        select case
            when s.ended_at is not null or s.expires_at <= clock_timestamp() or s.idle_until <= clock_timestamp()
                or g.revoked_at is not null or g.since > clock_timestamp() or g.until <= clock_timestamp()
                or d.status = 'closed' or p.disabled_at is not null then 'no'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.session s
        join public.role_grant g on g.id = s.role_grant
        left join public.delegation d on d.id = g.delegation
        left join public.person p on p.account = s.account
        where s.id = credential), 'no');
end $$;
create or replace function person_comes_in(of_account uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (select from public.passkey k where k.account = of_account and k.flagged_at is null)
        or exists (select from public.password w where w.account = of_account and w.failures < 100)
        or exists (select from public.provider_subject b where b.account = of_account and public.provider_stands(b.provider));
drop function account_is_frozen;
drop table person_freeze;
drop function person_freeze_only_ends, person_freeze_is_bounded, actor_may_freeze_person, account_can_be_spared, account_acts, owner_of;
