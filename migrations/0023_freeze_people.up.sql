-- That somebody does nothing for now, with whatever is theirs: a head of delegation says
-- so of the own state's people, systems and offices, or one of the secretariat of
-- anybody. As token_freeze, of which this is the whole: one row an account and imposer.
create table person_freeze (
    account    uuid        not null references account (id),
    imposed_by text        not null constraint person_freeze_imposer_known check (imposed_by in ('state', 'secretariat')),
    reason     text        not null constraint person_freeze_reason_length check (char_length(reason) between 1 and 500),
    since      timestamptz not null,
    until      timestamptz not null,
    lifted_at  timestamptz,
    primary key (account, imposed_by),
    constraint person_freeze_lapses check (until = since + interval '24 hours'),
    constraint person_freeze_lifted_in_order check (lifted_at >= since)
);

grant select, insert, update on person_freeze to pocreg_server;

alter table person_freeze enable row level security, force row level security;

-- Whether somebody is frozen now: asked of whoever signs in, of each session and token,
-- and of invitations, for whoever asks.
create function account_is_frozen(of_account uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (
        select from public.person_freeze f
        where f.account = of_account and f.lifted_at is null and f.until > clock_timestamp());

-- What is theirs does not stand, until it does again by itself.
create or replace function credential_stands(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or g.since > clock_timestamp() or g.until <= clock_timestamp()
                or d.status = 'closed' then 'no'
            when public.account_is_frozen(t.account)
                or exists (select from public.token_freeze f where f.token = t.id and f.lifted_at is null and f.until > clock_timestamp()) then 'frozen'
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
            when public.account_is_frozen(s.account) then 'frozen'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.session s
        join public.role_grant g on g.id = s.role_grant
        left join public.delegation d on d.id = g.delegation
        left join public.person p on p.account = s.account
        where s.id = credential), 'no');
end $$;

-- Nor could they sign in now. Among those who decide they are counted all the same
-- (person_signs_in): nobody decides alone by freezing the other.
create or replace function person_comes_in(of_account uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return not public.account_is_frozen(of_account) and (
        exists (select from public.passkey k where k.account = of_account and k.flagged_at is null)
        or exists (select from public.password w where w.account = of_account and w.failures < 100)
        or exists (select from public.provider_subject b where b.account = of_account and public.provider_stands(b.provider)));

-- Whose a credential is, by the id of a token or a session as the trail has it, or by
-- that of an account: for the account's state, and for those who oversee. The
-- secretariat, which freezes by it, sees neither accounts nor tokens.
create function owner_of(of_id uuid) returns table (account uuid, state text, head boolean)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select a.id, a.state, exists (
        select from public.role_grant g
        where g.account = a.id and g.role = 'head_of_delegation' and g.revoked_at is null)
    from public.account a
    where a.id = coalesce(
        (select t.account from public.token t where t.id = of_id),
        (select s.account from public.session s where s.id = of_id), of_id)
    and (public.actor_role() in ('secretariat', 'auditor', 'system') or public.actor_of(a.state) or a.id = public.actor_account())
$$;

-- Whether an account holds a role, so that there is something to freeze.
create function account_acts(of_account uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (select from public.role_grant g where g.account = of_account and g.revoked_at is null);

-- Whether somebody could still act without an account, wherever it decides: for a state,
-- another of its heads, or of its delegates for all kinds; for a co-chair, another of its
-- people. As token_can_be_spared, of all that is theirs.
create function account_can_be_spared(of_account uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return not exists (
        select
        from public.role_grant g
        left join public.delegation d on d.id = g.delegation
        where g.account = of_account and g.revoked_at is null and d.status is distinct from 'closed'
        and g.role in ('delegate', 'head_of_delegation', 'secretariat')
        and not exists (
            select
            from public.role_grant h
            left join public.delegation e on e.id = h.delegation
            where h.account <> of_account and h.revoked_at is null and h.kinds is null and e.status is distinct from 'closed'
            and (h.state = g.state and h.role in ('delegate', 'head_of_delegation') or h.co_chair = g.co_chair)
            and (exists (
                    select from public.token t
                    where t.role_grant = h.id and t.writes and public.credential_stands(t.id) in ('yes', 'contested'))
                or exists (
                    select from public.person p
                    where p.account = h.account and p.disabled_at is null and public.person_comes_in(p.account)))));

-- Who freezes and thaws whom: a head the own state's but heads, who are each other's
-- equals; the secretariat anybody but oneself. Neither touches the other's.
create function actor_may_freeze_person(of_account uuid, imposed_by text) returns boolean
language sql stable parallel safe return
    actor_writes() and of_account is distinct from actor_account() and (
        imposed_by = 'state' and actor_role() = 'head_of_delegation'
            and exists (select from account a where a.id = of_account and a.state = actor_state())
            and not exists (
                select from role_grant g
                where g.account = of_account and g.role = 'head_of_delegation' and g.revoked_at is null)
        or imposed_by = 'secretariat' and actor_role() = 'secretariat');

create function person_freeze_only_ends() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and (
        new.account <> old.account
        or new.since = old.since and (new.reason <> old.reason or old.lifted_at is not null)
    ) then
        raise exception 'a freeze ends, and changes in nothing else' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger person_freeze_only_ends before update on person_freeze for each row execute function person_freeze_only_ends();

create function person_freeze_is_bounded() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and new.imposed_by = 'secretariat' and new.since is distinct from old.since
        and (new.since < old.since + interval '7 days' or not account_can_be_spared(new.account))
    then
        raise exception 'the secretariat freezes a person once in seven days, and never the last' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger person_freeze_is_bounded before insert or update on person_freeze for each row execute function person_freeze_is_bounded();

-- A freeze is for whom it is of, their head, and who oversees. The secretariat reads
-- what it imposed.
create policy person_freeze_select on person_freeze for select using (
    actor_role() in ('system', 'auditor') or account = actor_account()
    or actor_role() = 'head_of_delegation' and exists (
        select from account a where a.id = person_freeze.account and a.state = actor_state())
    or actor_role() = 'secretariat' and (imposed_by = 'secretariat' or actor_pair()));
create policy person_freeze_insert on person_freeze for insert with check (actor_may_freeze_person(account, imposed_by));
create policy person_freeze_update on person_freeze for update using (actor_may_freeze_person(account, imposed_by));
