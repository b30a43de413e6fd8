-- A delegate's role may be limited to some kinds of contact: null is all. It is given
-- with the role, or offered with the invitation to it, and stays: role_grant_stays and
-- invitation_stays (0014, 0016) let nobody change it.
alter table role_grant
    add column kinds text[],
    add constraint role_grant_kinds_known check (
        kinds <> '{}' and kinds <@ array['diplomatic', 'technical', 'law_enforcement', 'policy']),
    add constraint role_grant_kinds_of_delegates check (kinds is null or role = 'delegate');
alter table invitation
    add column kinds text[],
    add constraint invitation_kinds_known check (
        kinds <> '{}' and kinds <@ array['diplomatic', 'technical', 'law_enforcement', 'policy']),
    add constraint invitation_kinds_of_delegates check (kinds is null or purpose = 'join' and role = 'delegate');

-- Of which kinds all is that a proposal would change; null if it would change
-- something that all kinds share, or was made before there were limits.
alter table proposal add column kinds text[];

-- To which kinds the actor's role is limited; null if it is not.
create function actor_kinds() returns text[] language sql stable parallel safe
    return string_to_array(nullif(current_setting('pocreg.kinds', true), ''), ',');

-- Whether that leaves room for an entry. Strategies belong to the owner of policy;
-- organisations to all kinds, and so to who is not limited.
create function actor_covers(noun text, kind text) returns boolean
language sql stable parallel safe return
    actor_kinds() is null or case noun
        when 'contact' then kind = any (actor_kinds())
        when 'strategy' then 'policy' = any (actor_kinds())
        else false end;

-- Whoever is limited changes none of a state's words but their entries: not its
-- instruments, nor its delegation's channels.
create or replace function actor_may_change(of_state text, basis text) returns boolean
language sql stable parallel safe return
    actor_writes() and actor_kinds() is null and (
        actor_role() in ('delegate', 'head_of_delegation') and of_state = actor_state()
        or actor_role() = 'secretariat' and basis = 'public_source');
create function actor_may_change_entry(of_state text, basis text, noun text, kind text) returns boolean
language sql stable parallel safe return
    actor_writes() and actor_covers(noun, kind) and (
        actor_role() in ('delegate', 'head_of_delegation') and of_state = actor_state()
        or actor_role() = 'secretariat' and basis = 'public_source');

-- The policies of 0004 for those who change entries, with the kind. Reading is as it was.
drop policy entry_insert on entry;
create policy entry_insert on entry for insert with check (
    actor_may_change_entry(state, basis, noun, kind) and (basis = 'nominated' or actor_role() = 'secretariat'));
drop policy entry_update on entry;
create policy entry_update on entry for update
    using (actor_may_change_entry(state, basis, noun, kind) or actor_may_attest(state, noun, kind));
drop policy external_id_insert on external_id;
create policy external_id_insert on external_id for insert
    with check (exists (select from entry e where e.id = entry_id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy external_id_delete on external_id;
create policy external_id_delete on external_id for delete
    using (exists (select from entry e where e.id = entry_id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy source_insert on source;
create policy source_insert on source for insert
    with check (exists (select from entry e where e.id = entry_id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy source_delete on source;
create policy source_delete on source for delete
    using (exists (select from entry e where e.id = entry_id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy contact_insert on contact;
create policy contact_insert on contact for insert
    with check (exists (select from entry e where e.id = contact.id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy contact_update on contact;
create policy contact_update on contact for update
    using (exists (select from entry e where e.id = contact.id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy channel_insert on channel;
create policy channel_insert on channel for insert
    with check (exists (select from entry e where e.id = contact and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy channel_update on channel;
create policy channel_update on channel for update
    using (exists (select from entry e where e.id = contact
        and (actor_may_change_entry(e.state, e.basis, e.noun, e.kind) or actor_may_attest(e.state, e.noun, e.kind))));
drop policy contact_key_insert on contact_key;
create policy contact_key_insert on contact_key for insert
    with check (exists (select from entry e where e.id = contact and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy contact_key_delete on contact_key;
create policy contact_key_delete on contact_key for delete
    using (exists (select from entry e where e.id = contact and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy strategy_insert on strategy;
create policy strategy_insert on strategy for insert
    with check (exists (select from entry e where e.id = strategy.id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));
drop policy strategy_update on strategy;
create policy strategy_update on strategy for update
    using (exists (select from entry e where e.id = strategy.id and actor_may_change_entry(e.state, e.basis, e.noun, e.kind)));

-- Whoever is limited proposes, and decides on, what is of their kinds throughout.
-- Their own they withdraw, whatever it is.
create function actor_covers_all(kinds text[]) returns boolean
language sql stable parallel safe return
    actor_kinds() is null or coalesce(kinds <@ actor_kinds(), false);
drop policy proposal_insert on proposal;
create policy proposal_insert on proposal for insert with check (
    actor_writes() and status = 'open' and proposed_by = actor_account() and proposed_role = actor_role()
    and actor_covers_all(kinds)
    and actor_audiences() @> array['public', 'participants', 'selected']
    and (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
        or actor_role() = 'secretariat'
            and does in ('contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint', 'admit', 'extend', 'end')
        or actor_role() = 'cert' and state = actor_state() and noun = 'contact' and does <> 'import'));
drop policy proposal_update on proposal;
create policy proposal_update on proposal for update
    using (actor_writes() and (
        co_chair is null and actor_decides(state) and actor_covers_all(kinds)
        or co_chair is not null and actor_role() = 'secretariat'
        or proposed_by = actor_account() and proposed_role = actor_role()))
    with check (decided_by = actor_account() and decided_role = actor_role() and (
        status = 'withdrawn'
        or actor_decides(state) and actor_covers_all(kinds)
        or status = 'declined' and actor_role() = 'secretariat'
        or status = 'approved' and actor_role() = 'secretariat' and actor_pair()));

-- A suggestion is answered by whom its entry is for to change, and taken back by any of
-- the side that made it.
create function actor_may_answer_about(of_state text, about uuid) returns boolean
language sql stable return
    actor_may_answer(of_state)
    and (actor_kinds() is null or exists (select from entry e where e.id = about and actor_covers(e.noun, e.kind)));
create or replace function suggestion_is_answered_once() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and new is distinct from old and not (
        old.status = 'open' and new.answered_by is not distinct from actor_account()
        and to_jsonb(new) - '{status,word,answered_at,answered_role,answered_by,version}'::text[]
            = to_jsonb(old) - '{status,word,answered_at,answered_role,answered_by,version}'::text[]
        and (new.status in ('taken', 'declined') and actor_may_answer_about(old.state, old.entry)
            or new.status = 'withdrawn' and actor_suggested(old.from_state, old.from_role))
    ) then
        raise exception 'a suggestion is answered once, by its state, or taken back' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
drop policy suggestion_update on suggestion;
create policy suggestion_update on suggestion for update using (
    actor_may_answer_about(state, entry) or actor_writes() and actor_suggested(from_state, from_role));

-- A role comes to who accepts an invitation with the limit that was offered.
create function was_invited_to_kinds(of_account uuid, at_version bigint, to_kinds text[]) returns boolean
language sql stable return
    exists (
        select from invitation i
        where i.account = of_account and i.accepted_at is not null and i.version = at_version
        and i.kinds is not distinct from to_kinds);
drop policy role_grant_insert on role_grant;
create policy role_grant_insert on role_grant for insert with check (
    actor_may_appoint(state, role)
    or was_invited(account, role, state, co_chair, delegation, version) and was_invited_to_kinds(account, version, kinds));

-- No delegate's write begins without the limit of the role that is held: not by a
-- server that forgets it, nor by an older one that knows of none. A delegate sees their
-- own grants alone, of which only that of a delegate has a limit.
create function register_head_knows_kinds() returns trigger language plpgsql as $$
begin
    if actor_role() = 'delegate' and exists (
        select from role_grant g
        where g.revoked_at is null and g.kinds is not null and not coalesce(actor_kinds() <@ g.kinds, false)) then
        raise exception 'this delegate''s role is limited to kinds' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger register_head_knows_kinds before update of version on register_head
    for each row execute function register_head_knows_kinds();

-- Two can decide where two decide on anything: who is limited is not counted, so that
-- nothing waits for somebody who may not.
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
                and g.role in ('delegate', 'head_of_delegation') and g.kinds is null and a.kind = 'person'
                and (exists (
                        select from public.token t
                        where t.role_grant = g.id and t.writes and t.revoked_at is null and t.expires_at > clock_timestamp())
                    or exists (
                        select from public.person p
                        where p.account = g.account and p.disabled_at is null and public.person_signs_in(p.account)))
            ) end
        from public.delegation d
        where d.state = of_state and d.status <> 'closed'), false);

-- Whether somebody still holds a role in which they could propose what they did: one
-- that is not limited to other kinds by now.
create function author_stands(of_account uuid, of_role text, of_delegation uuid, of_co_chair text, of_kinds text[]) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return public.role_stands(of_account, of_role, of_delegation, of_co_chair) and not exists (
        select from public.role_grant g
        where g.account = of_account and g.role = of_role and g.revoked_at is null
        and g.kinds is not null and not coalesce(of_kinds <@ g.kinds, false));

-- Nor is who is limited the way in for a state that loses its last.
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
        join public.role_grant h on h.id = o.role_grant and h.kinds is null
        where t.id = credential and o.writes and public.credential_stands(o.id) in ('yes', 'contested')
        and (o.state = t.state and o.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair))
    or exists (
        select
        from public.token t
        join public.role_grant g on g.id = t.role_grant
        join public.role_grant h on h.state = t.state and h.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair
        join public.person p on p.account = h.account and p.disabled_at is null
        left join public.delegation d on d.id = h.delegation
        where t.id = credential and h.revoked_at is null and h.kinds is null
        and d.status is distinct from 'closed' and public.person_comes_in(p.account));
