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
        and (o.state = t.state and o.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair))
    or exists (
        select
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        join public.role_grant h on h.state = t.state and h.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair
        join public.person p on p.account = h.account and p.disabled_at is null
        left join public.delegation d on d.id = h.delegation
        where t.id = credential and h.revoked_at is null and d.status is distinct from 'closed'
        and (exists (select from public.passkey k where k.account = p.account)
            or exists (select from public.password w where w.account = p.account)));
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
                and (exists (
                        select from public.token t
                        where t.role_grant = g.id and t.writes and t.revoked_at is null and t.expires_at > clock_timestamp())
                    or exists (
                        select from public.person p
                        where p.account = g.account and p.disabled_at is null
                        and (exists (select from public.passkey k where k.account = p.account)
                            or exists (select from public.password w where w.account = p.account))))
            ) end
        from public.delegation d
        where d.state = of_state and d.status <> 'closed'), false);
drop function person_signs_in;
drop trigger sessions_end_with_delegation on delegation;
drop trigger sessions_end_with_provider on identity_provider;
drop function end_sessions_of_provider;
drop trigger session_wants_provider on session;
drop function session_wants_provider;
alter table session drop column provider;
drop function provider_stands;
drop table provider_subject, identity_provider_secret, identity_provider;
drop function identity_provider_only_ends;
