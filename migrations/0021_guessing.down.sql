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
        where t.id = credential and h.revoked_at is null and d.status is distinct from 'closed' and public.person_signs_in(p.account));
drop function person_comes_in;
drop trigger signin_event_is_told on signin_event;
create trigger signin_event_is_told after insert on signin_event for each row
    when (new.account is not null and (new.outcome in ('enrolled', 'removed', 'flagged') or new.outcome = 'signed_in' and not new.known))
    execute function signin_event_is_told();
alter table password drop column failures;
