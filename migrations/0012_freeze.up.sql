-- That a token does nothing for now: a head of delegation says so of the own
-- state's people, or one of the secretariat. One row a token and imposer: a later
-- one takes its place, and what was before is in the trail.
create table token_freeze (
    token      uuid        not null references token (id),
    imposed_by text        not null constraint token_freeze_imposer_known check (imposed_by in ('state', 'secretariat')),
    reason     text        not null constraint token_freeze_reason_length check (char_length(reason) between 1 and 500),
    since      timestamptz not null,
    until      timestamptz not null,
    lifted_at  timestamptz,
    primary key (token, imposed_by),
    constraint token_freeze_lapses check (until = since + interval '24 hours'),
    constraint token_freeze_lifted_in_order check (lifted_at >= since)
);

grant select, insert, update on token_freeze to pocreg_server;

alter table token_freeze enable row level security, force row level security;

-- A token that is frozen does not stand, until it does again by itself.
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

-- Whether somebody could still act without a token: for a state, with another of
-- its heads' or delegates'; for a co-chair, with another of its people's. Whoever
-- freezes may not read the tokens that this depends on.
create function token_can_be_spared(credential uuid) returns boolean
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

-- Who freezes and thaws what: a head the own people's, which are the tokens that a
-- head sees and gives out; the secretariat anybody's. Neither touches the other's.
create function actor_may_freeze(of_token uuid, imposed_by text) returns boolean
language sql stable parallel safe return
    actor_writes() and (
        imposed_by = 'state' and actor_role() = 'head_of_delegation'
            and exists (select from token t where t.id = of_token and t.role in ('cert', 'delegate', 'partner'))
        or imposed_by = 'secretariat' and actor_role() = 'secretariat');

-- All that happens to a freeze is that it is lifted, once, or that its imposer
-- begins another in its place.
create function token_freeze_only_ends() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and (
        new.token <> old.token
        or new.since = old.since and (new.reason <> old.reason or old.lifted_at is not null)
    ) then
        raise exception 'a freeze ends, and changes in nothing else' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger token_freeze_only_ends before update on token_freeze for each row execute function token_freeze_only_ends();

-- The secretariat freezes a token at most once in seven days, and never the last
-- with which somebody can act for a state or a co-chair: one person has no power
-- over a state by repeating.
create function token_freeze_is_bounded() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and new.imposed_by = 'secretariat' and new.since is distinct from old.since
        and (new.since < old.since + interval '7 days' or not token_can_be_spared(new.token))
    then
        raise exception 'the secretariat freezes a token once in seven days, and never the last' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger token_freeze_is_bounded before insert or update on token_freeze for each row execute function token_freeze_is_bounded();

-- A freeze is read with its token. The secretariat also reads what it imposed on a
-- token that is not for it.
create policy token_freeze_select on token_freeze for select using (
    exists (select from token t where t.id = token_freeze.token) or imposed_by = 'secretariat' and actor_role() = 'secretariat');
create policy token_freeze_insert on token_freeze for insert with check (actor_may_freeze(token, imposed_by));
create policy token_freeze_update on token_freeze for update using (actor_may_freeze(token, imposed_by));
