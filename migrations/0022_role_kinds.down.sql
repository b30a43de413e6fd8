-- Whoever was limited does not come back with everything: their roles end, and what
-- was offered with a limit is withdrawn.
update role_grant set revoked_at = now() where kinds is not null and revoked_at is null;
update invitation set withdrawn_at = now() where kinds is not null and accepted_at is null and withdrawn_at is null;

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
                        where p.account = g.account and p.disabled_at is null and public.person_signs_in(p.account)))
            ) end
        from public.delegation d
        where d.state = of_state and d.status <> 'closed'), false);
drop function author_stands;
drop trigger register_head_knows_kinds on register_head;
drop function register_head_knows_kinds;
drop policy role_grant_insert on role_grant;
create policy role_grant_insert on role_grant for insert with check (
    actor_may_appoint(state, role) or was_invited(account, role, state, co_chair, delegation, version));
drop function was_invited_to_kinds;
drop policy suggestion_update on suggestion;
create policy suggestion_update on suggestion for update using (
    actor_may_answer(state) or actor_writes() and actor_suggested(from_state, from_role));
create or replace function suggestion_is_answered_once() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and new is distinct from old and not (
        old.status = 'open' and new.answered_by is not distinct from actor_account()
        and to_jsonb(new) - '{status,word,answered_at,answered_role,answered_by,version}'::text[]
            = to_jsonb(old) - '{status,word,answered_at,answered_role,answered_by,version}'::text[]
        and (new.status in ('taken', 'declined') and actor_may_answer(old.state)
            or new.status = 'withdrawn' and actor_suggested(old.from_state, old.from_role))
    ) then
        raise exception 'a suggestion is answered once, by its state, or taken back' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
drop function actor_may_answer_about;
drop policy proposal_update on proposal;
create policy proposal_update on proposal for update
    using (actor_writes() and (
        co_chair is null and actor_decides(state)
        or co_chair is not null and actor_role() = 'secretariat'
        or proposed_by = actor_account() and proposed_role = actor_role()))
    with check (decided_by = actor_account() and decided_role = actor_role() and (
        status = 'withdrawn'
        or actor_decides(state)
        or status = 'declined' and actor_role() = 'secretariat'
        or status = 'approved' and actor_role() = 'secretariat' and actor_pair()));
drop policy proposal_insert on proposal;
create policy proposal_insert on proposal for insert with check (
    actor_writes() and status = 'open' and proposed_by = actor_account() and proposed_role = actor_role()
    and actor_audiences() @> array['public', 'participants', 'selected']
    and (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
        or actor_role() = 'secretariat'
            and does in ('contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint', 'admit', 'extend', 'end')
        or actor_role() = 'cert' and state = actor_state() and noun = 'contact' and does <> 'import'));
drop function actor_covers_all;
drop policy strategy_update on strategy;
create policy strategy_update on strategy for update
    using (exists (select from entry e where e.id = strategy.id and actor_may_change(e.state, e.basis)));
drop policy strategy_insert on strategy;
create policy strategy_insert on strategy for insert
    with check (exists (select from entry e where e.id = strategy.id and actor_may_change(e.state, e.basis)));
drop policy contact_key_delete on contact_key;
create policy contact_key_delete on contact_key for delete
    using (exists (select from entry e where e.id = contact and actor_may_change(e.state, e.basis)));
drop policy contact_key_insert on contact_key;
create policy contact_key_insert on contact_key for insert
    with check (exists (select from entry e where e.id = contact and actor_may_change(e.state, e.basis)));
drop policy channel_update on channel;
create policy channel_update on channel for update
    using (exists (select from entry e where e.id = contact
        and (actor_may_change(e.state, e.basis) or actor_may_attest(e.state, e.noun, e.kind))));
drop policy channel_insert on channel;
create policy channel_insert on channel for insert
    with check (exists (select from entry e where e.id = contact and actor_may_change(e.state, e.basis)));
drop policy contact_update on contact;
create policy contact_update on contact for update
    using (exists (select from entry e where e.id = contact.id and actor_may_change(e.state, e.basis)));
drop policy contact_insert on contact;
create policy contact_insert on contact for insert
    with check (exists (select from entry e where e.id = contact.id and actor_may_change(e.state, e.basis)));
drop policy source_delete on source;
create policy source_delete on source for delete
    using (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
drop policy source_insert on source;
create policy source_insert on source for insert
    with check (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
drop policy external_id_delete on external_id;
create policy external_id_delete on external_id for delete
    using (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
drop policy external_id_insert on external_id;
create policy external_id_insert on external_id for insert
    with check (exists (select from entry e where e.id = entry_id and actor_may_change(e.state, e.basis)));
drop policy entry_update on entry;
create policy entry_update on entry for update
    using (actor_may_change(state, basis) or actor_may_attest(state, noun, kind));
drop policy entry_insert on entry;
create policy entry_insert on entry for insert with check (
    actor_may_change(state, basis) and (basis = 'nominated' or actor_role() = 'secretariat'));
drop function actor_may_change_entry;
create or replace function actor_may_change(of_state text, basis text) returns boolean
language sql stable parallel safe return
    actor_writes() and (
        actor_role() in ('delegate', 'head_of_delegation') and of_state = actor_state()
        or actor_role() = 'secretariat' and basis = 'public_source');
drop function actor_covers, actor_kinds;
alter table proposal drop column kinds;
alter table invitation
    drop constraint invitation_kinds_known,
    drop constraint invitation_kinds_of_delegates,
    drop column kinds;
alter table role_grant
    drop constraint role_grant_kinds_known,
    drop constraint role_grant_kinds_of_delegates,
    drop column kinds;
