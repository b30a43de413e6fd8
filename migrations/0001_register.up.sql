-- The actor of the transaction, as register.Read and register.Write set it.
-- Unset means nobody, and nobody sees or changes a row.
create function actor_role() returns text language sql stable parallel safe
    return nullif(current_setting('pocreg.role', true), '');
create function actor_state() returns text language sql stable parallel safe
    return nullif(current_setting('pocreg.state', true), '');
create function actor_account() returns uuid language sql stable parallel safe
    return case when actor_role() is not null then nullif(current_setting('pocreg.account', true), '')::uuid end;
create function actor_audiences() returns text[] language sql stable parallel safe
    return string_to_array(nullif(current_setting('pocreg.audiences', true), ''), ',');
create function actor_writes() returns boolean language sql stable parallel safe
    return coalesce(current_setting('pocreg.write', true) = 'yes'
        and actor_role() in ('cert', 'delegate', 'head_of_delegation', 'secretariat', 'system'), false);
-- Two of the secretariat, of different co-chairs, act together.
create function actor_pair() returns boolean language sql stable parallel safe
    return coalesce(current_setting('pocreg.pair', true), '') = 'yes';

-- Whether the actor is of the state: one of its officers, delegates or heads.
create function actor_of(of_state text) returns boolean language sql stable parallel safe
    return actor_role() in ('cert', 'delegate', 'head_of_delegation') and of_state = actor_state();

-- The reading half of the access table: who may read what belongs to a state,
-- is meant for an audience and, if that is 'selected', names some states.
create function actor_may_read(of_state text, audience text, named text[]) returns boolean
language sql stable parallel safe return
    audience = any (actor_audiences()) and case audience
        when 'public' then actor_role() is not null
        when 'participants' then actor_role() in
            ('cert', 'delegate', 'head_of_delegation', 'partner', 'secretariat', 'auditor', 'system')
        when 'selected' then
            actor_role() in ('auditor', 'system')
            or actor_of(of_state)
            or actor_role() in ('cert', 'delegate', 'head_of_delegation', 'partner') and actor_state() = any (named)
    end;

-- The writing half, for entries: a state's own people change its words, the
-- secretariat only what was found in public.
create function actor_may_change(of_state text, basis text) returns boolean
language sql stable parallel safe return
    actor_writes() and (
        actor_role() in ('delegate', 'head_of_delegation') and of_state = actor_state()
        or actor_role() = 'secretariat' and basis = 'public_source');

-- A CERT officer says of the own state's technical contacts which are alive.
create function actor_may_attest(of_state text, noun text, kind text) returns boolean
language sql stable parallel safe return
    actor_writes() and actor_role() = 'cert' and of_state = actor_state()
    and noun = 'contact' and kind = 'technical';

-- The register's latest version. Every write locks this row, so versions
-- become visible in the order in which they were given out, and none is lost
-- to a reader that follows while another write is still open. The epoch is
-- this register's life: a restore that lost versions begins a new one.
create table register_head (
    only_row boolean primary key default true check (only_row),
    version  bigint  not null,
    epoch    text    not null default replace(gen_random_uuid()::text, '-', '')
        constraint register_head_epoch_form check (epoch ~ '^[0-9a-f]{32}$')
);
insert into register_head (version) values (0);

-- Versions are given out one by one, to who may write. The epoch is the owner's
-- to change, and no grant lets the server.
create function register_head_goes_up() returns trigger language plpgsql as $$
begin
    if not actor_writes() or new.version <> old.version + 1 then
        raise exception 'the version goes up by one, for an actor who writes' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger register_head_goes_up before update of version on register_head
    for each row execute function register_head_goes_up();

-- The trail: what changed at each version, in whose name. Content stands apart
-- (trail_content), so that a person can be erased while what was committed,
-- its order and its proof remain.
create table trail_change (
    version         bigint      not null,
    ordinal         int         not null,
    at              timestamptz not null,
    actor           uuid,
    second_actor    uuid,
    credential      uuid,
    role            text        not null,
    actor_state     text,
    act             text        not null,
    noun            text        not null,
    key             text        not null,
    entry           uuid, -- the key again, where the noun is a national entry
    state           text,
    audience        text        not null
        constraint trail_change_audience_known check (audience in ('public', 'participants', 'selected')),
    audience_states text[]      not null,
    primary key (version, ordinal)
);
create unique index trail_change_key on trail_change (noun, key, version); -- an act changes a thing once
create index trail_change_state on trail_change (state, version);

-- The commitments to the parts of a change, in order. Readable by whoever sees
-- the change; they reveal nothing.
create table trail_part (
    version    bigint not null,
    ordinal    int    not null,
    part       int    not null,
    name       text   not null,
    commitment bytea  not null
        constraint trail_part_commitment_length check (octet_length(commitment) = 32),
    primary key (version, ordinal, part),
    foreign key (version, ordinal) references trail_change (version, ordinal)
);

-- What each commitment opens to: RFC 8785 JSON as bytes, and the salt. The
-- audience is the part's own at that version.
create table trail_content (
    version         bigint not null,
    ordinal         int    not null,
    part            int    not null,
    salt            bytea  not null,
    content         bytea  not null,
    channel         uuid,
    link            uuid,
    audience        text   not null
        constraint trail_content_audience_known check (audience in ('public', 'participants', 'selected')),
    audience_states text[] not null,
    primary key (version, ordinal, part),
    foreign key (version, ordinal, part) references trail_part (version, ordinal, part)
);

-- One leaf a version: the hash of its part commitments in order.
create table trail_leaf (
    version bigint primary key,
    hash    bytea not null constraint trail_leaf_hash_length check (octet_length(hash) = 32)
);

create function trail_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger trail_change_append_only before update or delete or truncate on trail_change
    for each statement execute function trail_is_append_only();
create trigger trail_part_append_only before update or delete or truncate on trail_part
    for each statement execute function trail_is_append_only();
create trigger trail_content_append_only before update or delete or truncate on trail_content
    for each statement execute function trail_is_append_only();
create trigger trail_leaf_append_only before update or delete or truncate on trail_leaf
    for each statement execute function trail_is_append_only();

-- What a request that carried an Idempotency-Key did, for 24 hours. Stored in
-- the transaction of its effect; holds no secret and no content.
create table idempotency (
    credential uuid        not null,
    route      text        not null,
    key        text        not null,
    body_hash  bytea       not null,
    noun       text        not null,
    entry_key  text        not null,
    version    bigint      not null,
    created_at timestamptz not null default now(),
    primary key (credential, route, key)
);
create index idempotency_age on idempotency (created_at);

-- Written by /readyz?write, to show that this node can write.
create table heartbeat (
    only_row boolean     primary key default true check (only_row),
    at       timestamptz not null
);
insert into heartbeat (at) values (now());

grant usage on schema public to pocreg_server;
grant select, update (version) on register_head to pocreg_server;
grant select, insert on trail_change, trail_part, trail_content, trail_leaf to pocreg_server;
grant select, insert, delete on idempotency to pocreg_server;
grant select, update (at) on heartbeat to pocreg_server;
grant select on schema_migrations to pocreg_server;

-- trail_change and trail_content get their reading policies where the entries
-- are made (0004), since these decide who may read a change.
alter table trail_change enable row level security, force row level security;
alter table trail_part enable row level security, force row level security;
alter table trail_content enable row level security, force row level security;
alter table trail_leaf enable row level security, force row level security;

-- Nobody records a change in another's name, to another state, nor to a version
-- already past.
create policy trail_change_insert on trail_change for insert with check (
    actor_writes() and role = actor_role() and actor is not distinct from actor_account()
    and actor_state is not distinct from actor_state()
    and (actor_of(state) or actor_role() in ('secretariat', 'system'))
    and version = (select h.version from register_head h));
create policy trail_part_insert on trail_part for insert with check (
    actor_writes() and version = (select h.version from register_head h));
create policy trail_content_insert on trail_content for insert with check (
    actor_writes() and version = (select h.version from register_head h));
create policy trail_leaf_insert on trail_leaf for insert with check (
    actor_writes() and version = (select h.version from register_head h));
create policy trail_leaf_select on trail_leaf for select using (actor_role() is not null);
create policy trail_part_select on trail_part for select using (
    exists (select from trail_change c where c.version = trail_part.version and c.ordinal = trail_part.ordinal));
