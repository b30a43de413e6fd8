drop policy proposal_insert on proposal;
create policy proposal_insert on proposal for insert with check (
    actor_writes() and status = 'open' and proposed_by = actor_account() and proposed_role = actor_role()
    and actor_audiences() @> array['public', 'participants', 'selected']
    and (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
        or actor_role() = 'secretariat' and does in ('contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint')
        or actor_role() = 'cert' and state = actor_state() and noun = 'contact' and does <> 'import'));
delete from proposal where state is null or does in ('admit', 'extend', 'end');
alter table proposal drop constraint proposal_of_a_state;
alter table proposal drop constraint proposal_does_known;
alter table proposal add constraint proposal_does_known check (does in
    ('add', 'replace', 'patch', 'nominate', 'reject', 'retire', 'withdraw', 'restore', 'upsert', 'upsert_new', 'import',
    'contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint'));
alter table proposal alter column state set not null;

drop function mandate_list;
drop function overseer_name, overseer_co_chair;

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
        where t.id = credential), (
        select case
            when s.ended_at is not null or s.expires_at <= clock_timestamp() or s.idle_until <= clock_timestamp()
                or g.revoked_at is not null or d.status = 'closed' or p.disabled_at is not null then 'no'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.session s
        join public.role_grant g on g.id = s.role_grant
        left join public.delegation d on d.id = g.delegation
        left join public.person p on p.account = s.account
        where s.id = credential), 'no');
end $$;

drop policy token_insert on token;
create policy token_insert on token for insert with check (actor_may_appoint(state, role));
drop function was_picked_up;

create or replace function actor_may_invite(of_state text, purpose text, role text) returns boolean
language sql stable parallel safe return
    case purpose
        when 'join' then actor_may_appoint(of_state, role)
        when 'device' then role = 'cert' and actor_may_appoint(of_state, role)
        when 'reenrol' then actor_writes() and (
            actor_role() = 'head_of_delegation' and of_state = actor_state()
            or actor_role() = 'secretariat' and actor_pair()
            or actor_role() = 'system' and of_state is null)
        else false
    end;

delete from invitation_secret where invitation in (select id from invitation where purpose = 'token');
delete from invitation where purpose = 'token';
alter table invitation
    drop constraint invitation_scope,
    drop constraint invitation_purpose_known,
    drop constraint invitation_offers,
    drop column audiences,
    add constraint invitation_purpose_known check (purpose in ('join', 'device', 'reenrol')),
    add constraint invitation_offers check (
        case purpose when 'reenrol' then role is null
                     when 'device' then role = 'cert' and email is null
                     else role in ('cert', 'delegate', 'head_of_delegation', 'partner', 'secretariat', 'auditor') and email is not null end);

drop trigger role_grant_is_dated on role_grant;
drop trigger role_grant_stays on role_grant;
drop function role_grant_is_dated, role_grant_stays;
alter table role_grant
    drop constraint role_grant_mandate_whole,
    drop constraint role_grant_mandate_of_no_state,
    drop constraint role_grant_mandate_ends,
    drop column basis,
    drop column since,
    drop column until;
