-- Where a delegation's people sign in who do so at their own state's: one provider
-- at a time. Another issuer, or another client of it, is another provider: nobody
-- is taken over from the one before. Its secret stands apart.
create table identity_provider (
    id         uuid        primary key,
    delegation uuid        not null,
    state      text        not null,
    issuer     text        not null constraint identity_provider_issuer_form check (issuer ~ '^https?://' and char_length(issuer) <= 500),
    client_id  text        not null constraint identity_provider_client_length check (char_length(client_id) between 1 and 200),
    set_by     uuid        not null references account (id),
    since      timestamptz not null,
    ended_at   timestamptz,
    version    bigint      not null,
    constraint identity_provider_of_delegation foreign key (delegation, state) references delegation (id, state),
    constraint identity_provider_ends_in_order check (ended_at >= since)
);
create unique index identity_provider_one on identity_provider (delegation) where ended_at is null;
create index identity_provider_state on identity_provider (state);

-- What the registry proves itself with to a provider, sealed by a key that is not in
-- the database. The newest counts; the registry clears away those before.
create table identity_provider_secret (
    provider uuid   not null references identity_provider (id),
    version  bigint not null,
    sealed   text   not null,
    primary key (provider, version)
);

-- Whom a provider knows a person as, bound when the person set that up. Nobody is
-- known by an address.
create table provider_subject (
    provider     uuid        not null references identity_provider (id),
    subject      text        not null constraint provider_subject_length check (char_length(subject) between 1 and 255),
    account      uuid        not null references account (id),
    bound_at     timestamptz not null,
    last_used_at timestamptz,
    primary key (provider, subject),
    constraint provider_subject_once unique (provider, account)
);
create index provider_subject_account on provider_subject (account);

-- The provider that vouched for whose session it is, which ends with it.
alter table session add column provider uuid references identity_provider (id);
create index session_provider on session (provider) where provider is not null;

grant select, insert, update on identity_provider to pocreg_server;
grant select, insert, update, delete on identity_provider_secret, provider_subject to pocreg_server;

alter table identity_provider enable row level security, force row level security;
alter table identity_provider_secret enable row level security, force row level security;
alter table provider_subject enable row level security, force row level security;

-- A head says where the own state's people sign in.
create policy identity_provider_select on identity_provider for select using (
    actor_role() = 'system' or actor_role() = 'head_of_delegation' and state = actor_state());
create policy identity_provider_insert on identity_provider for insert with check (
    actor_writes() and actor_role() = 'head_of_delegation' and state = actor_state() and set_by = actor_account() and ended_at is null);
create policy identity_provider_update on identity_provider for update using (
    actor_writes() and actor_role() = 'head_of_delegation' and state = actor_state());

create policy identity_provider_secret_select on identity_provider_secret for select using (actor_role() = 'system');
create policy identity_provider_secret_insert on identity_provider_secret for insert with check (
    actor_writes() and exists (
        select from identity_provider i
        where i.id = provider and i.state = actor_state() and i.version = identity_provider_secret.version
        and i.version = (select h.version from register_head h)));
create policy identity_provider_secret_update on identity_provider_secret for update using (actor_role() = 'system');
create policy identity_provider_secret_delete on identity_provider_secret for delete using (actor_role() = 'system');

create policy provider_subject_select on provider_subject for select using (actor_role() = 'system');
create policy provider_subject_insert on provider_subject for insert with check (actor_role() = 'system');
create policy provider_subject_update on provider_subject for update using (actor_role() = 'system');
create policy provider_subject_delete on provider_subject for delete using (actor_role() = 'system');

-- A provider ends, once, and gets another secret. Nothing else of it changes: where
-- somebody signs in is not exchanged under them.
create function identity_provider_only_ends() returns trigger language plpgsql as $$
begin
    if actor_role() is not null and (old.ended_at is not null
        or to_jsonb(new) - '{ended_at,version}'::text[] is distinct from to_jsonb(old) - '{ended_at,version}'::text[]) then
        raise exception 'an identity provider ends, and changes in nothing else' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger identity_provider_only_ends before update on identity_provider for each row execute function identity_provider_only_ends();

-- Whether a provider vouches for people now: it has not ended, and its delegation is
-- open.
create function provider_stands(of_provider uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (
        select
        from public.identity_provider i
        join public.delegation d on d.id = i.delegation
        where i.id = of_provider and i.ended_at is null and d.status = 'open');

-- No session begins by a provider that does not stand. It is held until the session
-- is there, so that what ends the provider finds the session too.
create function session_wants_provider() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform
    from public.identity_provider i
    join public.delegation d on d.id = i.delegation
    where i.id = new.provider and i.ended_at is null and d.status = 'open'
    for share;
    if not found then
        raise exception 'the provider does not stand' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger session_wants_provider before insert on session for each row
    when (new.provider is not null) execute function session_wants_provider();

-- With a provider, and with a delegation that is contested or closed, end the sessions
-- that it vouched for: at once, and for good.
create function end_sessions_of_provider() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update public.session s
    set ended_at = clock_timestamp()
    from public.identity_provider i
    where s.provider = i.id and s.ended_at is null
    and case tg_table_name when 'delegation' then i.delegation = new.id else i.id = new.id end;
    return null;
end $$;
create trigger sessions_end_with_provider after update of ended_at on identity_provider for each row
    when (new.ended_at is not null) execute function end_sessions_of_provider();
create trigger sessions_end_with_delegation after update of status on delegation for each row
    when (new.status <> 'open') execute function end_sessions_of_provider();

-- Whether somebody has a way to sign in.
create function person_signs_in(of_account uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
    return exists (select from public.passkey k where k.account = of_account)
        or exists (select from public.password w where w.account = of_account)
        or exists (select from public.provider_subject b where b.account = of_account and public.provider_stands(b.provider));

-- Who signs in at their state's provider can decide, too, and is a way in.
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
