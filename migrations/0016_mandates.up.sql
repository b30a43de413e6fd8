-- Who belongs to no state acts on a dated mandate: an auditor, a partner. What was
-- admitted before there were dates has none, and ends with its tokens.
alter table role_grant
    add column basis text constraint role_grant_basis_length check (char_length(basis) between 1 and 500),
    add column since timestamptz,
    add column until timestamptz,
    add constraint role_grant_mandate_whole check (num_nonnulls(basis, since, until) in (0, 3)),
    add constraint role_grant_mandate_of_no_state check (basis is null or state is null and role in ('auditor', 'partner')),
    add constraint role_grant_mandate_ends check (until > since);

-- Two of the secretariat end a mandate, or move its end; what it rests on and when it
-- began stay, and nobody's role becomes another.
create function role_grant_stays() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and (old.revoked_at is not null
        or to_jsonb(new) - '{revoked_at,until,version}'::text[] is distinct from to_jsonb(old) - '{revoked_at,until,version}'::text[]
        or new.until is distinct from old.until and not (actor_role() = 'secretariat' and actor_pair()
            and new.until > clock_timestamp() and new.until <= clock_timestamp() + interval '366 days')) then
        raise exception 'a role ends, or two of the secretariat move the end of a mandate' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger role_grant_stays before update on role_grant for each row execute function role_grant_stays();

-- Nor is one given for longer than a year.
create function role_grant_is_dated() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and new.until > clock_timestamp() + interval '366 days' then
        raise exception 'a mandate lasts a year at most' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger role_grant_is_dated before insert on role_grant for each row execute function role_grant_is_dated();

-- An invitation may be to a token, which whoever was admitted picks up: nobody of the
-- secretariat sees it.
alter table invitation
    add column audiences text[],
    drop constraint invitation_purpose_known,
    drop constraint invitation_offers,
    add constraint invitation_purpose_known check (purpose in ('join', 'device', 'reenrol', 'token')),
    add constraint invitation_offers check (
        case purpose when 'reenrol' then role is null
                     when 'device' then role = 'cert' and email is null
                     when 'token' then role in ('auditor', 'partner') and state is null and email is null
                     else role in ('cert', 'delegate', 'head_of_delegation', 'partner', 'secretariat', 'auditor') and email is not null end),
    add constraint invitation_scope check ((purpose = 'token') = (audiences is not null)
        and audiences <@ array['public', 'participants', 'selected']);

create or replace function actor_may_invite(of_state text, purpose text, role text) returns boolean
language sql stable parallel safe return
    case purpose
        when 'join' then actor_may_appoint(of_state, role)
        when 'device' then role = 'cert' and actor_may_appoint(of_state, role)
        when 'token' then of_state is null and role in ('auditor', 'partner') and actor_may_appoint(of_state, role)
        when 'reenrol' then actor_writes() and (
            actor_role() = 'head_of_delegation' and of_state = actor_state()
            or actor_role() = 'secretariat' and actor_pair()
            or actor_role() = 'system' and of_state is null)
        else false
    end;

-- The registry makes the token that an invitation was to, in the version in which it is
-- picked up: for reading, of what was offered, while the mandate stands.
create function was_picked_up(of_grant uuid, of_account uuid, in_role text, reads text[], writes boolean, at_version bigint) returns boolean
language sql stable return
    actor_writes() and actor_role() = 'system' and not writes and at_version = (select h.version from register_head h)
    and exists (
        select from invitation i
        join role_grant g on g.account = i.account and g.role = i.role and g.revoked_at is null and g.until > clock_timestamp()
        where i.purpose = 'token' and i.accepted_at is not null and i.version = at_version
        and g.id = of_grant and i.account = of_account and i.role = in_role and i.audiences = reads);
drop policy token_insert on token;
create policy token_insert on token for insert with check (
    actor_may_appoint(state, role) or was_picked_up(role_grant, account, role, audiences, writes, version));

-- A credential stands within its mandate.
create or replace function credential_stands(credential uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return coalesce((
        select case
            when t.revoked_at is not null or t.expires_at <= clock_timestamp() or g.revoked_at is not null
                or g.since > clock_timestamp() or g.until <= clock_timestamp()
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
                or g.revoked_at is not null or g.since > clock_timestamp() or g.until <= clock_timestamp()
                or d.status = 'closed' or p.disabled_at is not null then 'no'
            when d.status = 'contested' then 'contested'
            else 'yes' end
        from public.session s
        join public.role_grant g on g.id = s.role_grant
        left join public.delegation d on d.id = g.delegation
        left join public.person p on p.account = s.account
        where s.id = credential), 'no');
end $$;

-- What one of the secretariat is called, and whom they serve, or served: as far as whoever
-- asks sees that, and so all of it where this is asked in the owner's name.
create function overseer_name(of_account uuid) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select a.name from public.account a
    where a.id = of_account and exists (select from public.role_grant g where g.account = a.id and g.role = 'secretariat')
$$;
create function overseer_co_chair(of_account uuid) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select max(g.co_chair) from public.role_grant g where g.account = of_account and g.role = 'secretariat'
$$;

-- Who was admitted, by whom, on what and until when: by name, to all participants. It
-- runs as its owner: nobody of a state sees others' roles and accounts.
create function mandate_list()
returns table (
    id uuid, role text, kind text, name text, basis text, since timestamptz, until timestamptz, ended_at timestamptz, admitted_at timestamptz,
    first_name text, first_co_chair text, second_name text, second_co_chair text, version bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select g.id, g.role, a.kind, a.name, g.basis, g.since, g.until, g.revoked_at,
        coalesce(t.at, (select min(k.created_at) from public.token k where k.role_grant = g.id)),
        public.overseer_name(t.second_actor), public.overseer_co_chair(t.second_actor),
        public.overseer_name(t.actor), public.overseer_co_chair(t.actor), g.version
    from public.role_grant g
    join public.account a on a.id = g.account
    left join public.trail_change t on t.noun = 'role' and t.key = g.id::text and t.act = 'granted'
    where g.state is null and g.role in ('auditor', 'partner') and public.actor_may_read(null, 'participants', '{}')
$$;

-- What two of the secretariat propose of who belongs to no state is of none.
alter table proposal alter column state drop not null;
alter table proposal drop constraint proposal_does_known;
alter table proposal add constraint proposal_does_known check (does in
    ('add', 'replace', 'patch', 'nominate', 'reject', 'retire', 'withdraw', 'restore', 'upsert', 'upsert_new', 'import',
    'contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint', 'admit', 'extend', 'end'));
alter table proposal add constraint proposal_of_a_state check (state is not null or noun = 'mandate' and co_chair is not null);

drop policy proposal_insert on proposal;
create policy proposal_insert on proposal for insert with check (
    actor_writes() and status = 'open' and proposed_by = actor_account() and proposed_role = actor_role()
    and actor_audiences() @> array['public', 'participants', 'selected']
    and (actor_role() in ('delegate', 'head_of_delegation') and state = actor_state()
        or actor_role() = 'secretariat'
            and does in ('contest', 'reopen', 'close', 'suspend', 'resume', 'open', 'appoint', 'admit', 'extend', 'end')
        or actor_role() = 'cert' and state = actor_state() and noun = 'contact' and does <> 'import'));
