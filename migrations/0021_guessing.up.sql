-- How often in a row a code was wrong behind the right password. At a hundred the
-- password signs nobody in, with whatever code, until it is set anew.
alter table password
    add column failures int not null default 0,
    add constraint password_failures_end check (failures between 0 and 100);

-- A person is told when somebody tries codes behind their password, and when it is
-- shut.
drop trigger signin_event_is_told on signin_event;
create trigger signin_event_is_told after insert on signin_event for each row
    when (new.account is not null
        and (new.outcome in ('enrolled', 'removed', 'flagged', 'guessed', 'shut') or new.outcome = 'signed_in' and not new.known))
    execute function signin_event_is_told();

-- Whether somebody could sign in now. Who has a way that is shut still counts among
-- those who decide (person_signs_in): whoever shuts it must not leave one to decide
-- where two do.
create function person_comes_in(of_account uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (select from public.passkey k where k.account = of_account and k.flagged_at is null)
        or exists (select from public.password w where w.account = of_account and w.failures < 100)
        or exists (select from public.provider_subject b where b.account = of_account and public.provider_stands(b.provider));

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
        where t.id = credential and h.revoked_at is null and d.status is distinct from 'closed' and public.person_comes_in(p.account));
