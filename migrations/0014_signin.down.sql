create or replace function token_can_be_spared(credential uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (
        select
        from public.token t
        where t.id = credential and t.role in ('cert', 'partner', 'auditor'))
    or exists (
        select
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        join public.token o on o.id <> credential
        join public.role_grant h on h.id = o.role_grant
        where t.id = credential and o.writes and public.credential_stands(o.id) in ('yes', 'contested')
        and (o.state = t.state and o.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair));
create or replace function state_takes_two(of_state text) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return coalesce((
        select case d.mode
            when 'single' then false
            when 'two_person' then true
            else 2 <= (
                select count(distinct g.account)
                from public.role_grant g
                join public.account a on a.id = g.account
                where g.delegation = d.id and g.revoked_at is null
                and g.role in ('delegate', 'head_of_delegation') and a.kind = 'person'
                and exists (
                    select from public.token t
                    where t.role_grant = g.id and t.writes and t.revoked_at is null and t.expires_at > clock_timestamp())
            ) end
        from public.delegation d
        where d.state = of_state and d.status <> 'closed'), false);
drop function credential_is_strong;
create or replace function credential_stands(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or d.status = 'closed' then 'no'
            when exists (select from public.token_freeze f where f.token = t.id and f.lifted_at is null and f.until > clock_timestamp()) then 'frozen'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        left join public.delegation d on d.id = g.delegation
        where t.id = credential), 'no');
end $$;
drop function email_is_taken;
drop policy role_grant_insert on role_grant;
create policy role_grant_insert on role_grant for insert with check (actor_may_appoint(state, role));
drop table signin_attempt, known_browser, ceremony, printed_code, totp, password, passkey, signin_event, session, invitation_secret;
drop policy person_insert on person;
drop function was_invited;
drop table invitation, person;
drop function actor_may_invite, actor_may_confirm, invitation_stays, person_stays, session_only_ends;
