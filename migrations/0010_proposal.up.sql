-- Whether one of a delegation's people changes the state's words alone, or two
-- do: 'default' is one until two people can decide, and two from then on. What was
-- opened before there was a choice stays as it was until its head chooses.
alter table delegation add column mode text not null default 'single'
    constraint delegation_mode_known check (mode in ('single', 'two_person', 'default'));

-- What somebody of a state has proposed and another decides on; or one of the
-- secretariat, and one of another co-chair. The request is kept as it came: deciding
-- on it carries it out.
create table proposal (
    id            uuid        primary key,
    state         text        not null references state (alpha2),
    delegation    uuid,
    co_chair      text        references state (alpha2), -- that its author serves: of the secretariat's
    does          text        not null constraint proposal_does_known check (does in
        ('add', 'replace', 'patch', 'nominate', 'reject', 'retire', 'withdraw', 'restore', 'upsert', 'upsert_new', 'import',
        'contest', 'reopen', 'close', 'suspend', 'resume')),
    noun          text        not null constraint proposal_noun_length check (char_length(noun) between 1 and 40),
    about         text        not null,
    body          bytea       not null,
    reason        text        not null constraint proposal_reason_length check (char_length(reason) <= 500),
    changes       jsonb       not null, -- what it would have changed when it was made
    nouns         text[]      not null, -- of what it changes that was there, beside the keys
    keys          text[]      not null,
    proposed_by   uuid        not null references account (id),
    proposed_role text        not null,
    proposed_at   timestamptz not null,
    base          bigint      not null, -- the version that the proposal was: what changed since makes it stale
    status        text        not null default 'open'
        constraint proposal_status_known check (status in ('open', 'approved', 'declined', 'withdrawn')),
    decided_by    uuid        references account (id),
    decided_role  text,
    decided_at    timestamptz,
    word          text        not null default '' constraint proposal_word_length check (char_length(word) <= 500),
    made          text        not null default '', -- the key of what it made
    version       bigint      not null,
    foreign key (delegation, state) references delegation (id, state),
    constraint proposal_of_a_delegation_or_co_chair check ((delegation is null) = (co_chair is not null)
        and (co_chair is not null) = (proposed_role = 'secretariat')),
    constraint proposal_ends_with_who check (
        (status = 'open') = (decided_by is null) and (status = 'open') = (decided_at is null) and (status = 'open') = (decided_role is null)),
    constraint proposal_decided_by_another check (status not in ('approved', 'declined') or decided_by <> proposed_by),
    constraint proposal_withdrawn_by_its_author check (status <> 'withdrawn' or decided_by = proposed_by)
);
create index proposal_state on proposal (state, proposed_at, id);
create index proposal_version on proposal (version);

-- Where two decide. It runs as its owner: a delegate does not see the others'
-- roles and tokens.
create function state_takes_two(of_state text) returns boolean
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

-- Whether somebody still holds a role, of a delegation or for a co-chair: what was
-- proposed in a role that its author has lost is to be proposed anew.
create function role_stands(of_account uuid, of_role text, of_delegation uuid, of_co_chair text) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (
        select from public.role_grant g
        left join public.delegation d on d.id = g.delegation
        where g.account = of_account and g.role = of_role and g.revoked_at is null
        and (g.delegation = of_delegation and d.status = 'open' or g.co_chair = of_co_chair));

-- Who decides for the own state, and reads all that they decide on.
create function actor_decides(of_state text) returns boolean language sql stable parallel safe return
    actor_role() in ('delegate', 'head_of_delegation') and of_state = actor_state()
    and actor_audiences() @> array['public', 'participants', 'selected'];

create function proposal_only_ends() returns trigger language plpgsql as $$
begin
    if old.status <> 'open' or to_jsonb(new) - '{status,decided_by,decided_role,decided_at,word,made,version}'::text[]
        is distinct from to_jsonb(old) - '{status,decided_by,decided_role,decided_at,word,made,version}'::text[] then
        raise exception 'a proposal is decided on once, as it is' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger proposal_only_ends before update on proposal for each row execute function proposal_only_ends();

-- The words that one says alone where two decide: what is found alive or dead,
-- what is shown to fewer, and what is no change of an entry.
create function acts_alone(noun text, act text) returns boolean language sql immutable parallel safe return
    act in ('confirmed', 'channel_dead', 'channel_alive', 'narrowed')
    or noun not in ('contact', 'organisation', 'strategy', 'state', 'delegation')
    or noun = 'delegation' and act = 'mode_chosen';

grant select, insert, update on proposal to pocreg_server;

alter table proposal enable row level security, force row level security;

-- A CERT reads what CERTs proposed: what delegates propose may say whom an entry
-- names. What the secretariat is about to do is not for the state that it is about.
create policy proposal_select on proposal for select using (
    actor_audiences() @> array['public', 'participants', 'selected']
    and (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state() and co_chair is null
        or actor_role() = 'secretariat' and co_chair is not null
        or actor_role() = 'cert' and state = actor_state() and proposed_role = 'cert'
        or actor_role() in ('auditor', 'system')));
create policy proposal_insert on proposal for insert with check (
    actor_writes() and status = 'open' and proposed_by = actor_account() and proposed_role = actor_role()
    and actor_audiences() @> array['public', 'participants', 'selected']
    and (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
        or actor_role() = 'secretariat' and does in ('contest', 'reopen', 'close', 'suspend', 'resume')
        or actor_role() = 'cert' and state = actor_state() and noun = 'contact' and does <> 'import'));
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

-- One of the secretariat, who proposes to lift what two of it imposed, sees that it is
-- there, also on an entry that is not for them.
drop policy suspension_select on suspension;
create policy suspension_select on suspension for select using (
    exists (select from entry e where e.id = entry)
    or imposed_by = 'secretariat' and actor_role() = 'secretariat' and exists (select from withheld_entry w where w.id = entry));

-- A head chooses whether one decides or two; the rest of a delegation stays as
-- 0003 has it.
create or replace function delegation_stays() returns trigger language plpgsql as $$
begin
    if not actor_pair() and (new.id, new.state, new.authority, new.status, new.since, new.until)
        is distinct from (old.id, old.state, old.authority, old.status, old.since, old.until) then
        raise exception 'two of the secretariat open, contest and close delegations' using errcode = 'insufficient_privilege';
    end if;
    if actor_role() <> 'head_of_delegation' and new.mode is distinct from old.mode then
        raise exception 'a head chooses whether one decides or two' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;

-- Nothing that takes two is recorded of one: a CERT records what it found alive or
-- dead, and where two decide, a change of the state's words is recorded with the
-- decision on it.
drop policy trail_change_insert on trail_change;
create policy trail_change_insert on trail_change for insert with check (
    actor_writes() and role = actor_role() and actor is not distinct from actor_account()
    and actor_state is not distinct from actor_state()
    and (actor_of(state) or actor_role() in ('secretariat', 'system'))
    and version = (select h.version from register_head h)
    and (actor_role() in ('secretariat', 'system')
        or acts_alone(noun, act)
        or actor_role() in ('delegate', 'head_of_delegation') and (
            not (select state_takes_two(actor_state()))
            or exists (
                select from proposal p
                where p.version = trail_change.version and p.status = 'approved' and p.decided_by = actor_account()))));
